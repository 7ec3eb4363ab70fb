// A node in Node: the firmware's Wasm with its port answered here. No clock, no I/O: time is the
// count of ticks.
//
// The bytes it puts on the link are those of a board fed with the same record and samples;
// test/board/conformance holds both to it.
import { readFileSync } from "node:fs";
import { assert } from "../base/error.ts";
import {
  FAULT_INIT,
  FAULT_MEMORY,
  FAULT_NAMES,
  FAULT_NONE,
  LIMIT_ADC_BLOCK_SIZE,
  STATUS_END,
  STATUS_NAMES,
  STATUS_TOO_LONG,
} from "../base/spec.ts";

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

/** What a node that stopped leaves behind: the fault's kind (FAULT_NONE for a status) and place. */
export class NodeFault extends Error {
  readonly kind: number;

  constructor(kind: number, detail: string) {
    super(kind === FAULT_NONE ? detail : `${FAULT_NAMES[kind] ?? kind} ${detail}`);
    this.name = "NodeFault";
    this.kind = kind;
  }
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

  /** Instantiates and initialises. Throws NodeFault if the program refuses its configuration. */
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
    const instance = new WebAssembly.Instance(options.module, { port: this.#port() });
    this.#exports = instance.exports as unknown as NodeExports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
    const rate = this.#exports.init();
    if (rate < 0) throw new NodeFault(FAULT_INIT, `init() answered ${STATUS_NAMES[rate] ?? rate}`);
    this.sampleRateHz = rate;
  }

  /** Seconds since start on the node's own clock. */
  get seconds(): number {
    return (this.#ticks * LIMIT_ADC_BLOCK_SIZE) / this.sampleRateHz;
  }

  /**
   * One sampling interrupt, then the main loop until it would sleep. False when the program has
   * ended.
   */
  tick(): boolean {
    this.#ticks++;
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

  #port(): Record<string, (...words: number[]) => number | undefined> {
    const { config, samples, onFrame, onLog, memorySizeBytes } = this.#options;
    return {
      memorySize: () => memorySizeBytes,
      configRead: (target = 0, capacity = 0) => {
        const region = this.#region(target, capacity);
        if (config.length > region.length) return STATUS_TOO_LONG;
        region.set(config);
        return config.length;
      },
      adcRead: (target = 0, capacity = 0) => {
        const region = this.#region(target, (capacity >>> 0) * 2);
        const view = new Int16Array(region.buffer, region.byteOffset, capacity);
        for (let filled = 0; filled < capacity; ) {
          const count = Math.min(capacity - filled, samples.length - this.#sampleIndex);
          view.set(samples.subarray(this.#sampleIndex, this.#sampleIndex + count), filled);
          filled += count;
          this.#sampleIndex = (this.#sampleIndex + count) % samples.length;
        }
        return capacity;
      },
      linkWrite: (frame = 0, size = 0) => onFrame(this.#region(frame, size)),
      logWrite: (text = 0, size = 0) => {
        onLog?.(Buffer.from(this.#region(text, size).slice()).toString("latin1"));
        return undefined;
      },
      fault: (kind = 0, file = 0, line = 0, column = 0) => {
        throw new NodeFault(kind, `at ${this.#string(file)}:${line}:${column}`);
      },
    };
  }

  /** Bytes the port may touch; faults past the memory as firmware/port/runtime.c does. */
  #region(offset: number, size: number): Uint8Array {
    const begin = offset >>> 0;
    const length = size < 0 ? size + 2 ** 32 : size;
    if (begin + length > this.#options.memorySizeBytes) {
      throw new NodeFault(FAULT_MEMORY, `port: ${length} bytes at ${begin} end past the memory`);
    }
    return this.#bytes.subarray(begin, begin + length);
  }

  /** An AssemblyScript string of static data: UTF-16, its byte length 4 bytes before it. */
  #string(offset: number): string {
    const size = new DataView(this.#exports.memory.buffer).getUint32(offset - 4, true);
    return Buffer.from(this.#bytes.slice(offset, offset + size)).toString("utf16le");
  }
}
