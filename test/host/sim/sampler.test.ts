// The sampler between interrupt and main loop: no window holds samples from both sides of a gap,
// and time stays true.
//
// Method: the node program is driven export by export, with a ramp as ADC, so that each waveform
// tells which samples it holds; ticks without steps stand for a main loop that is late.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import {
  ETHERNET_PAYLOAD,
  LIMIT_ADC_BLOCK_SIZE,
  LIMIT_SAMPLE_RING_SIZE,
  LIMIT_WINDOW_SIZE,
  STATUS_END,
  UADP_HEADER_VALUE_ENCODED_SIZE,
  WRITER_FEATURES,
  WRITER_WAVEFORM,
} from "../../../host/base/spec.ts";
import { loadBoard } from "../../../host/board/load.ts";
import { buildProgram } from "../../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../../host/recording/config.ts";
import { openSource } from "../../../host/recording/source.ts";
import { flashPort } from "../../../host/sim/simulated-flash.ts";

const board = loadBoard("native");
let module: WebAssembly.Module;

before(async () => {
  const { result } = await buildProgram({ board });
  module = new WebAssembly.Module(readFileSync(result.wasm));
});

interface Late {
  tick(): void;
  step(): number;
  frames: Uint8Array[];
  /** Blocks taken from the ADC so far. */
  blocks: number;
}

/** A node whose ADC counts up by one a sample (modulo 2^16) and ends after `blockLimit` blocks. */
function lateNode(blockLimit = Number.POSITIVE_INFINITY): Late {
  const source = openSource("model:healthy:1");
  const config = encodeNodeConfig(configForSource(source, { publisherId: 5 }));
  let memory: WebAssembly.Memory;
  const node: Late = { tick: () => {}, step: () => 0, frames: [], blocks: 0 };
  const port = {
    memorySize: () => board.wasmMemorySizeBytes,
    configRead(target: number) {
      new Uint8Array(memory.buffer).set(config, target);
      return config.length;
    },
    adcRead(target: number, capacity: number) {
      if (node.blocks >= blockLimit) return STATUS_END;
      const samples = new Int16Array(memory.buffer, target, capacity);
      const first = node.blocks * LIMIT_ADC_BLOCK_SIZE;
      for (let i = 0; i < capacity; i++) samples[i] = first + i;
      node.blocks++;
      return capacity;
    },
    linkWrite(frame: number, size: number) {
      node.frames.push(new Uint8Array(memory.buffer).slice(frame, frame + size));
      return 0;
    },
    logWrite() {},
    ...flashPort(undefined, () => new Uint8Array(0)),
    fault(kind: number, _file: number, line: number) {
      throw new Error(`fault ${kind} at line ${line}`);
    },
  };
  const instance = new WebAssembly.Instance(module, { port });
  const exports = instance.exports as Record<string, unknown>;
  memory = exports.memory as WebAssembly.Memory;
  assert.equal((exports.init as () => number)(), source.sampleRateHz);
  node.tick = exports.tick as () => void;
  node.step = exports.step as () => number;
  return node;
}

const WRITER_AT = ETHERNET_PAYLOAD + 18;
const TIME_AT = ETHERNET_PAYLOAD + 20;
/** Behind the Variant's type byte and array length. */
const DATA_AT = ETHERNET_PAYLOAD + UADP_HEADER_VALUE_ENCODED_SIZE + 5;

function view(frame: Uint8Array): DataView {
  return new DataView(frame.buffer, frame.byteOffset, frame.length);
}

/** First sample of each window and the time its message carries, in samples. */
function windows(node: Late): { first: number; isWhole: boolean; endSample: number }[] {
  return node.frames
    .map(view)
    .filter((frame) => frame.getUint16(WRITER_AT, true) === WRITER_WAVEFORM)
    .map((frame) => {
      const samples = Array.from({ length: 512 }, (_, i) => frame.getInt16(DATA_AT + 2 * i, true));
      const first = samples[0] as number;
      return {
        first: first & 0xffff,
        isWhole: samples.every((sample, i) => (sample & 0xffff) === ((first + i) & 0xffff)),
        endSample: Math.round((Number(frame.getBigInt64(TIME_AT, true)) * 12_000) / 1e7),
      };
    });
}

test("windows follow each other without a gap when the main loop keeps up", () => {
  const node = lateNode();
  for (let i = 0; i < 160; i++) {
    node.tick();
    while (node.step() > 0);
  }
  const seen = windows(node);
  assert.equal(seen.length, 10);
  seen.forEach((window, i) => {
    assert.ok(window.isWhole);
    assert.equal(window.first, (i * LIMIT_WINDOW_SIZE) & 0xffff);
    assert.equal(window.endSample, (i + 1) * LIMIT_WINDOW_SIZE);
  });
});

const ringBlocks = LIMIT_SAMPLE_RING_SIZE / LIMIT_ADC_BLOCK_SIZE;

for (const late of [1, 7, 16, 33]) {
  test(`a main loop ${late} blocks too late loses those, counts them and keeps windows whole`, () => {
    const node = lateNode();
    for (let i = 0; i < ringBlocks + late; i++) node.tick();
    while (node.step() > 0);
    for (let i = 0; i < 64; i++) {
      node.tick();
      while (node.step() > 0);
    }
    const seen = windows(node);
    const lost = late * LIMIT_ADC_BLOCK_SIZE;
    assert.ok(seen.every((window) => window.isWhole));
    // Four windows from before the gap, then windows from behind it.
    seen.forEach((window, i) => {
      const skipped = i < 4 ? 0 : lost;
      assert.equal(window.first, (i * LIMIT_WINDOW_SIZE + skipped) & 0xffff, `window ${i}`);
      assert.equal(window.endSample, (i + 1) * LIMIT_WINDOW_SIZE + skipped, `time of window ${i}`);
    });
    const features = node.frames
      .map(view)
      .findLast((frame) => frame.getUint16(WRITER_AT, true) === WRITER_FEATURES);
    // Field 2 follows field 0 (22 words) and field 1 (5 words), each behind 5 bytes; its second
    // word is the loss.
    const counters = DATA_AT + 22 * 4 + 5 + 5 * 4 + 5;
    assert.equal(features?.getUint32(counters + 4, true), lost);
  });
}

test("the end of the source is told after the last whole window", () => {
  const node = lateNode(20);
  const results: number[] = [];
  for (let i = 0; i < 24; i++) {
    node.tick();
    results.push(node.step());
  }
  assert.equal(results.filter((result) => result === 1).length, 1);
  assert.equal(results.at(-1), STATUS_END);
  assert.equal(windows(node).length, 1);
});

test("a main loop that stays too slow keeps windows whole and their time true", () => {
  // Twice its load for long: again and again blocks are lost before the earlier gap is reached.
  const node = lateNode();
  for (let i = 0; i < 60; i++) {
    for (let blocks = 0; blocks < 2 * 16; blocks++) node.tick();
    node.step();
  }
  const seen = windows(node);
  assert.ok(seen.length > 50, "it goes on");
  let last = 0;
  for (const window of seen) {
    assert.ok(window.isWhole, `window ending at ${window.endSample}`);
    assert.equal(window.first, (window.endSample - LIMIT_WINDOW_SIZE) & 0xffff);
    assert.ok(window.endSample >= last + LIMIT_WINDOW_SIZE, "time goes forward");
    last = window.endSample;
  }
});
