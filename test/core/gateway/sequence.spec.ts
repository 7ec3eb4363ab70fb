// The sequence window in as-pect: the rows of spec/gateway.md; more in test/host/gateway.

import {
  GATEWAY_NODE_LOST,
  GATEWAY_NODE_RESTARTS,
  GATEWAY_VALUE_NODE_SILENT_MS,
  GATEWAY_VALUE_NODE_SIZE,
  STATUS_EXISTS,
  STATUS_OK,
  STATUS_STALE,
} from "../../../assembly/base/spec";
import { SEQUENCE_LATE, sequenceAdmit } from "../../../assembly/gateway/sequence";

const node = memory.data(256, 64);

function begin(): void {
  memory.fill(node, 0, GATEWAY_VALUE_NODE_SIZE);
  expect(sequenceAdmit(node, 5000, 100, 0)).toBe(STATUS_OK);
}

describe("sequence numbers", () => {
  it("ahead are accepted and what they pass over is lost until it comes", () => {
    begin();
    expect(sequenceAdmit(node, 5003, 101, 0)).toBe(STATUS_OK);
    expect(load<u32>(node, GATEWAY_NODE_LOST)).toBe(2);
    expect(sequenceAdmit(node, 5001, 100, 0)).toBe(SEQUENCE_LATE);
    expect(load<u32>(node, GATEWAY_NODE_LOST)).toBe(1);
    expect(sequenceAdmit(node, 5001, 100, 0)).toBe(STATUS_EXISTS);
  });

  it("too far behind, or ahead with an older time, are stale", () => {
    begin();
    expect(sequenceAdmit(node, 5000 - 1024, 90, 0)).toBe(STATUS_STALE);
    expect(sequenceAdmit(node, 5001, 99, 0)).toBe(STATUS_STALE);
  });

  it("that go back with a newer time, or after silence, begin a new run", () => {
    begin();
    expect(sequenceAdmit(node, 0, 101, 0)).toBe(STATUS_OK);
    expect(load<u32>(node, GATEWAY_NODE_RESTARTS)).toBe(1);
    expect(sequenceAdmit(node, 0, 101, GATEWAY_VALUE_NODE_SILENT_MS)).toBe(STATUS_EXISTS);
    expect(sequenceAdmit(node, 0, 101, GATEWAY_VALUE_NODE_SILENT_MS + 1)).toBe(STATUS_OK);
    expect(load<u32>(node, GATEWAY_NODE_RESTARTS)).toBe(2);
  });
});
