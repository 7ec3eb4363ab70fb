// Ingest in one thread: what is stored, what is refused, and sums that are always exact.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { SnapshotRegion } from "../../../host/base/snapshot.ts";
import * as spec from "../../../host/base/spec.ts";
import { dateTimeToMs, HISTORY_COUNT, History } from "../../../host/gateway/history.ts";
import { GatewayState } from "../../../host/gateway/state.ts";
import { systemClock } from "../../../host/link/transport.ts";
import { Wire } from "../../../host/link/wire.ts";
import { EPOCH, type GatewayProgram, loadGatewayProgram, NodeFrames } from "./node-frames.ts";

let again: () => GatewayProgram;

before(async () => {
  ({ again } = await loadGatewayProgram());
});

/** A fresh gateway memory, how to take frames in, and its counters. */
function fresh() {
  const program = again();
  const state = new GatewayState(program.buffer, program.state, systemClock.nowMs(), []);
  const place = program.exports.scratch() + 65536;
  const ingest = (frame: Uint8Array, nowMs = 0): string => {
    program.bytes.set(frame.subarray(0, 2000), place);
    return spec.STATUS_NAMES[program.exports.frameIngest(place, frame.length, nowMs)] as string;
  };
  return { program, state, ingest };
}

function assertSum(state: GatewayState, received: number): void {
  const totals = state.totals();
  const refused = Object.values(totals.refused).reduce((sum, count) => sum + count, 0);
  assert.equal(totals.received, received);
  assert.equal(totals.accepted + totals.duplicates + refused + totals.queueDropped, received);
}

describe("a node's frames", () => {
  it("become one snapshot when the features arrive", () => {
    const { program, state, ingest } = fresh();
    const node = new NodeFrames(program, 0xf0000001);
    const window = node.nextWindow();
    const reader = () => new SnapshotRegion(program.buffer, state.node(0).region, 1);
    for (const frame of window.slice(0, 3)) assert.equal(ingest(frame), "OK");
    assert.equal(reader().pin(), 0);
    assert.equal(ingest(window[3] as Uint8Array), "OK");
    reader().read((snapshot) => {
      assert.equal(snapshot.count, 10);
      assert.equal(snapshot.time, node.timeOf(0));
      assert.equal(snapshot.schema, spec.UADP_VALUE_GROUP_VERSION);
      const waveform = snapshot.field(0xf0000001, spec.WRITER_WAVEFORM, 0);
      assert.equal(waveform?.values.length, spec.PICTURE_WAVEFORM_COUNT);
      assert.equal(waveform?.values[5], 6);
      const features = snapshot.field(0xf0000001, spec.WRITER_FEATURES, 0);
      assert.equal(features?.values[3], 3);
      assert.equal(
        snapshot.field(0xf0000001, spec.WRITER_FEATURES, 4),
        undefined,
        "the check is no entry",
      );
    });
    const status = state.status().nodes[0];
    assert.equal(status?.source, "test signal");
    assert.equal(status?.flags, spec.NODE_FLAG_SIMULATED_SIGNAL);
    assert.equal(status?.sentByNode, 4);
    assert.equal(status?.windows, 1);
    assert.equal(status?.frames, 4);
    assertSum(state, 4);
  });

  it("of many nodes stay apart, up to the limit, and the node beyond it is refused", () => {
    const { program, state, ingest } = fresh();
    for (let i = 0; i < spec.LIMIT_GATEWAY_NODES_MAX; i++) {
      for (const frame of new NodeFrames(program, i * 0x01000193 + 7).nextWindow()) {
        assert.equal(ingest(frame), "OK");
      }
    }
    const one = new NodeFrames(program, 6);
    assert.equal(ingest(one.nextWindow()[0] as Uint8Array), "FULL");
    assert.equal(state.nodeCount, spec.LIMIT_GATEWAY_NODES_MAX);
    for (let i = 0; i < spec.LIMIT_GATEWAY_NODES_MAX; i++) {
      const { publisherId, region } = state.node(i);
      assert.equal(publisherId, (i * 0x01000193 + 7) >>> 0);
      const count = new SnapshotRegion(program.buffer, region, 0).read((snapshot) => {
        for (const entry of snapshot.entries()) assert.equal(entry.keyHigh, publisherId);
        return snapshot.count;
      });
      assert.equal(count, 10);
    }
    assertSum(state, 4 * spec.LIMIT_GATEWAY_NODES_MAX + 1);
  });

  it("that come late count, but nothing older replaces what is shown", () => {
    const { program, state, ingest } = fresh();
    const node = new NodeFrames(program, 9);
    const [w0 = [], w1 = []] = [node.nextWindow(), node.nextWindow()];
    for (const frame of [w0[0], w0[1], w0[3], w1[0], w1[1], w1[2], w1[3]])
      ingest(frame as Uint8Array);
    assert.equal(state.status().nodes[0]?.lost, 1);
    assert.equal(ingest(w0[2] as Uint8Array), "OK");
    const status = state.status().nodes[0];
    assert.equal(status?.lost, 0);
    assert.equal(status?.reordered, 1);
    for (const frame of node.nextWindow().slice(3)) ingest(frame);
    new SnapshotRegion(program.buffer, state.node(0).region, 0).read((snapshot) => {
      assert.equal(snapshot.field(9, spec.WRITER_ENVELOPE, 1)?.values[0], 1);
    });
  });

  it("leave a trend in the order of their times, late ones too, of the last 3,600 windows", () => {
    const { program, state, ingest } = fresh();
    const node = new NodeFrames(program, 9);
    const history = new History(program.buffer, state.log);
    const late = [node.nextWindow()[3], node.nextWindow()[3], node.nextWindow()[3]] as Uint8Array[];
    for (const index of [0, 2, 1]) ingest(late[index] as Uint8Array);
    history.collect();
    const rows = history.message(9).rows;
    assert.deepEqual(
      rows.map((row) => row[1 + spec.FEATURE_WINDOW_INDEX / 4]),
      [0, 1, 2],
    );
    assert.equal(rows[0]?.[0], dateTimeToMs(EPOCH));
    assert.equal(rows[0]?.[0], Date.UTC(2026, 0, 1));
    assert.equal(rows[0]?.length, 1 + spec.FEATURE_VALUE_COUNT);
    for (let i = 0; i < HISTORY_COUNT; i++) {
      ingest(node.nextWindow()[3] as Uint8Array);
      history.collect();
    }
    const kept = history.message(9).rows;
    assert.equal(kept.length, HISTORY_COUNT);
    assert.equal(kept.at(-1)?.[1 + spec.FEATURE_WINDOW_INDEX / 4], HISTORY_COUNT + 2);
  });
});

describe("bad frames", () => {
  it("are refused at every length, and none changes a counter but its own", () => {
    const { program, state, ingest } = fresh();
    const frame = new NodeFrames(program, 5).nextWindow()[3] as Uint8Array;
    for (let size = 0; size < frame.length; size++) {
      assert.notEqual(ingest(frame.slice(0, size)), "OK", `size ${size}`);
    }
    assert.equal(state.nodeCount, 0);
    assertSum(state, frame.length);
    assert.equal(ingest(new Uint8Array(1519)), "TOO_LONG");
    assert.equal(ingest(frame), "OK");
  });

  it("with one flipped bit in the NetworkMessage are refused, all of them", () => {
    const { program, state, ingest } = fresh();
    const frame = new NodeFrames(program, 5).nextWindow()[3] as Uint8Array;
    const bits = 8 * (frame.length - spec.ETHERNET_PAYLOAD);
    for (let bit = 0; bit < bits; bit++) {
      const bad = frame.slice();
      const at = spec.ETHERNET_PAYLOAD + (bit >> 3);
      bad[at] = (bad[at] as number) ^ (1 << (bit & 7));
      assert.notEqual(ingest(bad), "OK", `bit ${bit}`);
    }
    assert.equal(state.nodeCount, 0);
    assertSum(state, bits);
    assert.ok((state.totals().refused.BAD_CHECK ?? 0) > bits / 2);
  });

  it("of another EtherType are UNSUPPORTED", () => {
    const { program, ingest } = fresh();
    const frame = new NodeFrames(program, 5).nextWindow()[0] as Uint8Array;
    frame[16] = 0x08;
    frame[17] = 0x00;
    assert.equal(ingest(frame), "UNSUPPORTED");
  });
});

describe("totals", () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`add up over a wire that loses, doubles, corrupts and reorders, seed ${seed}`, async () => {
      const { program, state, ingest } = fresh();
      const answers = new Map<string, number>();
      let delivered = 0;
      const rates = { lossRate: 0.05, duplicateRate: 0.05, corruptRate: 0.01, reorderRate: 0.05 };
      const wire = new Wire({ seed, ...rates }, (frame) => {
        const answer = ingest(frame);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
        delivered++;
        assertSum(state, delivered);
      });
      const nodes = [1, 2, 3].map((id) => new NodeFrames(program, id));
      for (let window = 0; window < 150; window++) {
        for (const node of nodes) for (const frame of node.nextWindow()) wire.offer(frame, 0);
      }
      wire.flush();
      const ledger = wire.ledger;
      const totals = state.totals();
      assert.equal(totals.received, ledger.delivered);
      assert.equal(totals.accepted, answers.get("OK"));
      assert.equal(totals.duplicates, answers.get("EXISTS") ?? 0);
      const nodeSum = (pick: "frames" | "duplicates" | "reordered" | "lost") =>
        state.status().nodes.reduce((sum, node) => sum + node[pick], 0);
      assert.equal(nodeSum("frames"), totals.accepted);
      assert.equal(nodeSum("duplicates"), totals.duplicates);
      assert.ok(totals.duplicates > 0 && nodeSum("reordered") > 0 && nodeSum("lost") > 0);
      for (let i = 0; i < 3; i++) {
        const valid = new SnapshotRegion(program.buffer, state.node(i).region, 0).read(
          (snapshot) => {
            // What is shown of one writer is from one window, untouched by the corrupted frames.
            const { publisherId } = state.node(i);
            const index = Number(snapshot.field(publisherId, spec.WRITER_WAVEFORM, 1)?.values[0]);
            const waveform = snapshot.field(publisherId, spec.WRITER_WAVEFORM, 0)?.values ?? [];
            return [...waveform].every((value, k) => value === ((1 + index * 7 + k) & 0x7fff));
          },
        );
        assert.equal(valid, true);
      }
    });
  }
});
