// A node in Node: the firmware's Wasm with its port answered here. No clock, no I/O: time is the
// count of ticks.
//
// The bytes it puts on the link are those of a board fed with the same record and samples;
// test/board/conformance holds both to it.
import { readFileSync } from "node:fs";
import { assert } from "../base/error.ts";
import {
  FAULT_CALL_INDIRECT,
  FAULT_DIVIDE_BY_ZERO,
  FAULT_EXHAUSTION,
  FAULT_INIT,
  FAULT_INTEGER_OVERFLOW,
  FAULT_INVALID_CONVERSION,
  FAULT_MEMORY,
  FAULT_NAMES,
  FAULT_NONE,
  FAULT_UNREACHABLE,
  LIMIT_ADC_BLOCK_SIZE,
  STATUS_END,
  STATUS_NAMES,
  STATUS_TOO_LONG,
} from "../base/spec.ts";
import { flashPort, type SimulatedFlash } from "./simulated-flash.ts";

export interface WasmNodeOptions {
  module: WebAssembly.Module;
  /** Size the program may use, as board.json's wasmMemorySizeBytes. */
  memorySizeBytes: number;
  /** Configuration record, spec/memory.md. */
  config: Uint8Array;
  /** ADC counts; begins again at its end. */
  samples: Int16Array;
  /** Index of the first sample to take; 0 if not given. */
  firstSample?: number;
  /** Flash for entries; without it the node has none, as a board without pageFlash. */
  flash?: SimulatedFlash;
  /** Takes each Ethernet frame; the bytes are valid during the call only. Returns a status. */
  onFrame: (frame: Uint8Array) => number;
  onLog?: (text: string) => void;
}

interface NodeExports {
  memory: WebAssembly.Memory;
  init(): number;
  tick(): void;
  step(): number;
}

/** V8's words for each trap (src/common/message-template.h); on a board wasm2c's traps. */
const TRAPS: Readonly<Record<string, number>> = {
  "memory access out of bounds": FAULT_MEMORY,
  "operation does not support unaligned accesses": FAULT_MEMORY,
  "divide by zero": FAULT_DIVIDE_BY_ZERO,
  "remainder by zero": FAULT_DIVIDE_BY_ZERO,
  "divide result unrepresentable": FAULT_INTEGER_OVERFLOW,
  "float unrepresentable in integer range": FAULT_INVALID_CONVERSION,
  unreachable: FAULT_UNREACHABLE,
  "table index is out of bounds": FAULT_CALL_INDIRECT,
  "null function or function signature mismatch": FAULT_CALL_INDIRECT,
  "Maximum call stack size exceeded": FAULT_EXHAUSTION,
};

/** What a node that stopped leaves behind: the fault's kind (FAULT_NONE for a status) and place. */
export class NodeFault extends Error {
  readonly kind: number;
  /** Of the instruction, bytes from the module's begin; absent where `detail` tells the place. */
  readonly offset: number | undefined;

  constructor(kind: number, detail: string, offset?: number) {
    const words = [...(kind === FAULT_NONE ? [] : [FAULT_NAMES[kind] ?? kind]), detail];
    super(words.filter((word) => word !== "").join(" "));
    this.name = "NodeFault";
    this.kind = kind;
    this.offset = offset;
  }
}

/** Offsets of a stack's Wasm frames, innermost first; one that has called stands at its call. */
function wasmOffsets(frames: string[]): number[] {
  return frames.flatMap((frame) => {
    const offset = /wasm-function\[\d+\]:0x([0-9a-f]+)/.exec(frame)?.[1];
    return offset === undefined ? [] : [Number.parseInt(offset, 16)];
  });
}

const framesOf = (error: Error) => (error.stack ?? "").split("\n").slice(1);

/** The fault that V8 threw as an error of its own, or undefined: then the error is the host's. */
function trapFault(error: unknown): NodeFault | undefined {
  const isTrap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  const kind = isTrap ? TRAPS[error.message] : undefined;
  if (!isTrap || kind === undefined) return undefined;
  const frames = framesOf(error);
  // No room for a frame: V8 tells the function's begin, where no instruction is; its call is one.
  const isAtEntry = kind === FAULT_EXHAUSTION && wasmOffsets(frames).length > 1;
  const offset = wasmOffsets(isAtEntry ? frames.slice(1) : frames)[0];
  return offset === undefined ? undefined : new NodeFault(kind, "", offset);
}

/** Compiles a node program built by host/build. */
export function loadNodeModule(wasmPath: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(wasmPath));
}

export class WasmNode {
  /** Samples per second, as the program's init() answered. */
  readonly sampleRateHz: number;
  readonly #exports: NodeExports;
  readonly #options: WasmNodeOptions;
  #bytes = new Uint8Array(0);
  #sampleIndex: number;
  #ticks = 0;
  /** What onFrame threw last: never the program's, though a gateway's Wasm may have trapped. */
  #linkError: unknown;

  /**
   * Instantiates and initialises. Throws NodeFault if the program refuses its configuration or
   * traps.
   */
  constructor(options: WasmNodeOptions) {
    assert(options.samples.length >= LIMIT_ADC_BLOCK_SIZE, "a source holds at least one ADC block");
    this.#options = options;
    this.#sampleIndex = options.firstSample ?? 0;
    assert(
      Number.isInteger(this.#sampleIndex) &&
        this.#sampleIndex >= 0 &&
        this.#sampleIndex < options.samples.length,
      `the first sample, ${this.#sampleIndex}, lies in the source`,
    );
    const port = this.#port();
    const instance = this.#enter(() => new WebAssembly.Instance(options.module, { port }));
    this.#exports = instance.exports as unknown as NodeExports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    const rate = this.#enter(() => this.#exports.init());
    if (rate < 0) throw new NodeFault(FAULT_INIT, `init() answered ${STATUS_NAMES[rate] ?? rate}`);
    this.sampleRateHz = rate;
  }

  /** Seconds since start on the node's own clock. */
  get seconds(): number {
    return (this.#ticks * LIMIT_ADC_BLOCK_SIZE) / this.sampleRateHz;
  }

  /**
   * One sampling interrupt, then the main loop until it would sleep. False when the program has
   * ended. Throws NodeFault if it traps or answers with another status below zero.
   */
  tick(): boolean {
    this.#ticks++;
    return this.#enter(() => this.#runTick());
  }

  #runTick(): boolean {
    this.#exports.tick();
    for (;;) {
      const result = this.#exports.step();
      if (result === 0) return true;
      if (result < 0) {
        if (result !== STATUS_END)
          throw new NodeFault(FAULT_NONE, `step() answered ${STATUS_NAMES[result] ?? result}`);
        return false;
      }
    }
  }

  /** Runs a part of the program; what traps there is thrown as NodeFault. */
  #enter<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw (error === this.#linkError ? undefined : trapFault(error)) ?? error;
    }
  }

  #port(): Record<string, (...words: number[]) => number | undefined> {
    const { config, samples, onLog, memorySizeBytes } = this.#options;
    // As bytes: the program may ask for them at an odd address, as on a board.
    const source = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    return {
      ...flashPort(this.#options.flash, (offset, size) => this.#region(offset, size)),
      memorySize: () => memorySizeBytes,
      configRead: (target = 0, capacity = 0) => {
        const region = this.#region(target, capacity);
        if (config.length > region.length) return STATUS_TOO_LONG;
        region.set(config);
        return config.length;
      },
      adcRead: (target = 0, capacity = 0) => {
        const region = this.#region(target, (capacity >>> 0) * 2);
        for (let filled = 0; filled < capacity; ) {
          const count = Math.min(capacity - filled, samples.length - this.#sampleIndex);
          const begin = this.#sampleIndex * 2;
          region.set(source.subarray(begin, begin + count * 2), filled * 2);
          filled += count;
          this.#sampleIndex = (this.#sampleIndex + count) % samples.length;
        }
        return capacity;
      },
      linkWrite: (frame = 0, size = 0) => this.#linkWrite(this.#region(frame, size)),
      logWrite: (text = 0, size = 0) => {
        onLog?.(Buffer.from(this.#region(text, size).slice()).toString("latin1"));
        return undefined;
      },
      fault: (kind = 0, file = 0, line = 0, column = 0) => {
        // While the module's own start runs, its memory is not ours to read yet.
        const name = this.#bytes.length === 0 ? "the program's start" : this.#string(file);
        throw new NodeFault(kind, `at ${name}:${line}:${column}`);
      },
    };
  }

  #linkWrite(frame: Uint8Array): number {
    try {
      return this.#options.onFrame(frame);
    } catch (error) {
      // No stack left: what went deep is the program, and the overflow may fall in here.
      if (!(error instanceof RangeError)) this.#linkError = error;
      throw error;
    }
  }

  /** Bytes the port may touch; faults past the memory as firmware/port/runtime.c does. */
  #region(offset: number, size: number): Uint8Array {
    const begin = offset >>> 0;
    const length = size < 0 ? size + 2 ** 32 : size;
    if (begin + length > this.#options.memorySizeBytes) {
      const detail = `port: ${length} bytes at ${begin} end past the memory`;
      throw new NodeFault(FAULT_MEMORY, detail, wasmOffsets(framesOf(new Error()))[0]);
    }
    return this.#bytes.subarray(begin, begin + length);
  }

  /** An AssemblyScript string of static data: UTF-16, its byte length 4 bytes before it. */
  #string(offset: number): string {
    const size = new DataView(this.#exports.memory.buffer).getUint32(offset - 4, true);
    return Buffer.from(this.#bytes.slice(offset, offset + size)).toString("utf16le");
  }
}
