// A small map in a small piece of memory: what operations do to it, step by step, and how it ends.
//
//    start                                                                      end
//   ─┬───────────┬─────────┬────────────────────────┬─────┬──────────────────┬───┤
//    │ record of │ control │ records of operations, │ map │ snapshot region  │ agents'
//    │ warden    │ (JS's)  │ one each               │     │                  │ stacks
//   ─┴───────────┴─────────┴────────────────────────┴─────┴──────────────────┴───┤
//
// All state is between start and end, so a copy of that is a state, and its digest is its name.
import assert from "node:assert/strict";
import * as spec from "../../../host/base/spec.ts";
import { sharedMemory } from "../core/program.ts";
import { validateMap } from "../core/validate-map.ts";
import { POISON } from "./build.ts";
import type { Call, Content, Kind } from "./linearize.ts";

/** What an agent does. `walkCut` shows the cut that the agent's last `cut` took, and ends it. */
export interface Operation {
  kind: Kind | "walkCut" | "publish" | "read";
  key?: bigint;
  value?: number;
  old?: number;
  /** The key is the string of the integer's 8 bytes. */
  isBytes?: boolean;
}

export interface WorldOptions {
  capacity?: number;
  arenaSize?: number;
  /** Operations that have records of their own. */
  operations?: number;
  /** Pairs that a range or a cut may show. */
  pairs?: number;
  hasSnapshots?: boolean;
}

interface Exports {
  operate(map: number, agent: number, record: number, region: number): void;
  copy(to: number, from: number, size: number): void;
  digest(from: number, stacks: number, end: number, stackSize: number): number;
  hashOf(record: number): number;
  hookStoresFrom(at: number): void;
  mapSize(capacity: number, arenaSize: number, agents: number): number;
  mapInit(map: number, capacity: number, arenaSize: number, agents: number): number;
  mapRecover(map: number, agent: number, dead: number): number;
  mapArenaUsed(map: number): number;
  mapLen(map: number): number;
  snapshotInit(region: number, slotSize: number): number;
  snapshotRegionSize(slotSize: number): number;
  asyncify_start_unwind(data: number): void;
  asyncify_stop_unwind(): void;
  asyncify_start_rewind(data: number): void;
  asyncify_stop_rewind(): void;
}

export const AGENTS = 4;
/** The agent that lays out, looks and tidies up; also the third one that holds a cut. */
export const WARDEN = 3;
export const CONTROL_SIZE = 256;
/** Of each agent but the warden: offset of the next frame, offset of the end, frames. */
export const STACK_SIZE = 4096;
export const STACK_HEADER = 8;

const KINDS: readonly Operation["kind"][] = [
  ...(["store", "load", "swap", "loadOrStore", "loadAndDelete", "delete"] as const),
  ...(["compareAndSwap", "compareAndDelete", "range", "cut", "walkCut"] as const),
  ...(["clear", "reclaim", "publish", "read"] as const),
];
const START = 0x10000;
/** Record for what the warden does. */
const SPARE = 0x8000;
const [ANSWER, KEY, VALUE, OLD, COUNT, FLAGS, CURSOR] = [4, 8, 16, 24, 32, 36, 40];
const PAIRS = CURSOR + spec.MAP_VALUE_CURSOR_SIZE;
const SLOT_SIZE = 128;
/** A hook that comes this often in one operation means that it does not end. */
const HOOKS_MAX = 20_000;

/** How a key is called in histories. */
export function keyName(key: bigint, isBytes = false): string {
  return isBytes ? `"${key}"` : `${key}`;
}

export class World {
  readonly core: Exports;
  readonly memory = sharedMemory();
  readonly words = new Int32Array(this.memory.buffer);
  readonly #longs = new BigUint64Array(this.memory.buffer);
  readonly #bytes = new Uint8Array(this.memory.buffer);
  readonly start = START;
  stacks = 0;
  map = 0;
  region = 0;
  end = 0;
  #records = 0;
  #recordSize = 0;
  /** What is called at a hook, if it is not passed over. */
  onHook: (() => void) | undefined;
  #hooks = 0;

  constructor(module: WebAssembly.Module) {
    const fault = (kind: number, _file: number, line: number, column: number): never => {
      throw new Error(`core fault ${kind} at line ${line}:${column}`);
    };
    const hook = () => {
      if (++this.#hooks > HOOKS_MAX) throw new Error("the operation does not end");
      this.onHook?.();
    };
    const imports = { env: { memory: this.memory }, port: { fault, hook } };
    this.core = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
  }

  /** Lays out an empty map; arena and stacks are POISON and zeros. */
  reset(options: WorldOptions = {}): void {
    const { capacity = 8, arenaSize = 4096, operations = 2, pairs = 8 } = options;
    const { core } = this;
    this.onHook = undefined;
    this.#hooks = 0;
    this.#recordSize = (PAIRS + 16 * pairs + 15) & ~15;
    this.#records = START + CONTROL_SIZE;
    this.map = (this.#records + operations * this.#recordSize + 63) & ~63;
    const size = core.mapSize(capacity, arenaSize, AGENTS);
    assert.ok(size > 0);
    this.region = (this.map + size + 63) & ~63;
    const regionSize = options.hasSnapshots ? core.snapshotRegionSize(SLOT_SIZE) : 0;
    this.stacks = (this.region + regionSize + 15) & ~15;
    this.end = this.stacks + WARDEN * STACK_SIZE;
    this.#bytes.fill(0, START, this.end);
    for (let stack = this.stacks; stack < this.end; stack += STACK_SIZE) {
      this.setWord(stack, stack + STACK_HEADER);
      this.setWord(stack + 4, stack + STACK_SIZE);
    }
    assert.equal(core.mapInit(this.map, capacity, arenaSize, AGENTS), spec.STATUS_OK);
    const arena = this.header(spec.MAP_ARENA);
    this.#bytes.fill(POISON, arena, arena + arenaSize);
    if (options.hasSnapshots) core.snapshotInit(this.region, SLOT_SIZE);
    core.hookStoresFrom(this.header(spec.MAP_DIRECTORY));
  }

  /** Puts a copy of the state at `to`, or one from there back. */
  save(to: number): void {
    this.core.copy(to, START, this.end - START);
  }

  restore(from: number): void {
    this.core.copy(START, from, this.end - START);
    this.#hooks = 0;
  }

  digest(): number {
    return this.core.digest(START, this.stacks, this.end, STACK_SIZE);
  }

  /** Begins an operation in record `index`; call `run` with it until it is done. */
  write(index: number, operation: Operation): void {
    this.#write(this.#records + index * this.#recordSize, operation);
  }

  run(index: number, agent: number): void {
    this.#hooks = 0;
    this.core.operate(this.map, agent, this.#records + index * this.#recordSize, this.region);
  }

  /** Does an operation at once, without hooks; its answer. */
  perform(operation: Operation, agent = WARDEN): number {
    const { onHook } = this;
    this.onHook = undefined;
    this.#hooks = 0;
    this.#write(SPARE, operation);
    this.core.operate(this.map, agent, SPARE, this.region);
    this.onHook = onHook;
    return this.word(SPARE + ANSWER);
  }

  /** The map as a range by the warden shows it, or its cut. */
  content(kind: "range" | "walkCut" = "range"): Content {
    assert.equal(this.perform({ kind }), 0, `${kind} shows whole values`);
    return this.#shown(SPARE);
  }

  answer(index: number): number {
    return this.word(this.#records + index * this.#recordSize + ANSWER);
  }

  shown(index: number): Content {
    return this.#shown(this.#records + index * this.#recordSize);
  }

  /** A finished operation as a call; two for what writes to the map and to the snapshots. */
  calls(index: number, operation: Operation, begin: number, end: number): Call[] {
    const { kind, value, old } = operation;
    const answer = this.answer(index);
    const key = operation.key === undefined ? undefined : keyName(operation.key, operation.isBytes);
    if (kind === "walkCut") return [];
    if (kind === "read") return [{ kind: "load", key: "snapshot", answer, begin, end }];
    if (kind === "publish") {
      const call: Call = { kind: "store", key, value, answer, begin, end };
      return [call, { ...call, key: "snapshot" }];
    }
    const shown = kind === "range" ? this.shown(index) : undefined;
    return [{ kind, key, value, old, answer, shown, begin, end }];
  }

  /** Checks every byte of a map at rest. */
  validate(pinned: number[] = []): void {
    validateMap(this.memory, this.map, { pinned });
  }

  /** Takes all keys out and gives all memory back: not one granule is left. */
  drain(): void {
    assert.equal(this.perform({ kind: "clear" }), 0);
    for (let round = 0; round < 2; round++) {
      for (let agent = 0; agent < AGENTS; agent++) {
        assert.equal(this.perform({ kind: "reclaim" }, agent), 0);
      }
    }
    assert.equal(this.core.mapArenaUsed(this.map), 0, "bytes of an empty map");
    assert.equal(this.core.mapLen(this.map), 0);
    this.validate();
  }

  hash(key: bigint, isBytes: boolean): number {
    this.#write(SPARE, { kind: "load", key, isBytes });
    return this.core.hashOf(SPARE);
  }

  header(field: number): number {
    return this.word(this.map + field);
  }

  setHeader(field: number, value: number): void {
    this.setWord(this.map + field, value);
  }

  /** The directory's word for bucket `index`, to look at or to set. */
  directory(index: number): number {
    return this.word(this.header(spec.MAP_DIRECTORY) + 4 * index);
  }

  setDirectory(index: number, word: number): void {
    this.setWord(this.header(spec.MAP_DIRECTORY) + 4 * index, word);
  }

  own(agent: number, field: number): number {
    return this.word(this.#record(agent) + field);
  }

  setOwn(agent: number, field: number, value: number): void {
    this.setWord(this.#record(agent) + field, value);
  }

  #record(agent: number): number {
    return this.map + spec.MAP_AGENTS + agent * spec.MAP_VALUE_AGENT_SIZE;
  }

  setWord(at: number, word: number): void {
    this.words[at >> 2] = word;
  }

  #write(record: number, { kind, key = 0n, value = 0, old = 0, isBytes }: Operation): void {
    const words = record >> 2;
    this.words[words] = KINDS.indexOf(kind);
    this.words[words + (ANSWER >> 2)] = 0;
    this.#longs[(record + KEY) >> 3] = key;
    this.#setTag(record + VALUE, value);
    this.#setTag(record + OLD, old);
    this.words[words + (COUNT >> 2)] = 0;
    this.words[words + (FLAGS >> 2)] = isBytes ? 1 : 0;
  }

  #setTag(at: number, tag: number): void {
    this.words[at >> 2] = tag;
    this.words[(at >> 2) + 1] = ~tag;
  }

  #shown(record: number): Content {
    const shown = new Map<string, number>();
    const count = this.word(record + COUNT);
    for (let pair = record + PAIRS; pair < record + PAIRS + 16 * count; pair += 16) {
      const isBytes = this.word(pair + 12) !== 0;
      const key = keyName(this.#longs[pair >> 3] as bigint, isBytes);
      assert.ok(!shown.has(key), `key ${key} is shown twice`);
      shown.set(key, this.word(pair + 8));
    }
    return shown;
  }

  word(at: number): number {
    return this.words[at >> 2] as number;
  }
}
