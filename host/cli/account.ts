// Where every frame of a simulated fleet went: nodes, wire and gateway keep books, and the books
// must agree.
//
// Truth is kept beside them: for each frame that left a node, whether a copy with an intact
// NetworkMessage came out of the wire. From that follows, exactly, what the gateway must have
// accepted and called lost.
import { ETHERNET_PAYLOAD, ETHERNET_TPID } from "../base/spec.ts";
import type { StatusMessage } from "../gateway/messages.ts";
import type { WireLedger } from "../link/wire.ts";

/** What truly happened to one node's frames. */
interface NodeTruth {
  sent: number;
  /** Frames of which an intact copy arrived. */
  arrived: number;
  first: number;
  last: number;
}

interface Origin {
  publisherId: number;
  /** Number of the frame at its node, from 0. */
  index: number;
  hasArrived: boolean;
  bytes: Uint8Array;
}

export interface Check {
  what: string;
  expected: number;
  found: number;
}

/** Follows frames from the nodes through the wire. */
export class FrameBook {
  readonly #nodes = new Map<number, NodeTruth>();
  /** The frame the wire is looking at; copies it makes later still know theirs. */
  readonly #origins = new WeakMap<Uint8Array, Origin>();
  #delivered = 0;

  /** A node sent this frame. */
  sent(frame: Uint8Array, publisherId: number): void {
    const truth = this.#nodes.get(publisherId) ?? { sent: 0, arrived: 0, first: -1, last: -1 };
    this.#nodes.set(publisherId, truth);
    this.#origins.set(frame, {
      publisherId,
      index: truth.sent++,
      hasArrived: false,
      bytes: frame,
    });
  }

  /** A frame came out of the wire; `original` is what went in, `frame` perhaps a damaged copy. */
  delivered(frame: Uint8Array, original: Uint8Array): void {
    this.#delivered++;
    const origin = this.#origins.get(original);
    if (!origin || origin.hasArrived || !isIntact(frame, origin.bytes)) return;
    origin.hasArrived = true;
    const truth = this.#nodes.get(origin.publisherId) as NodeTruth;
    truth.arrived++;
    truth.first = truth.first < 0 ? origin.index : Math.min(truth.first, origin.index);
    truth.last = Math.max(truth.last, origin.index);
  }

  /** Every equation between the books; all hold if found equals expected. */
  checks(wire: WireLedger | undefined, gateway: StatusMessage): Check[] {
    const { totals } = gateway;
    const refused = Object.values(totals.refused).reduce((sum, count) => sum + count, 0);
    const truths = [...this.#nodes.values()];
    const sum = (of: (truth: NodeTruth) => number) => truths.reduce((s, truth) => s + of(truth), 0);
    const checks: Check[] = [
      {
        what: "gateway received = accepted + duplicates + refused + dropped",
        expected: totals.received,
        found: totals.accepted + totals.duplicates + refused + totals.queueDropped,
      },
      { what: "gateway received = delivered", expected: this.#delivered, found: totals.received },
      {
        what: "accepted = frames that arrived intact",
        expected: sum((t) => t.arrived),
        found: totals.accepted,
      },
      {
        what: "lost = gaps between a node's first and last arrival",
        expected: sum((t) => (t.arrived === 0 ? 0 : t.last - t.first + 1 - t.arrived)),
        found: gateway.nodes.reduce((lost, node) => lost + node.lost, 0),
      },
    ];
    if (wire) {
      checks.push(
        { what: "wire offered = sent by nodes", expected: sum((t) => t.sent), found: wire.offered },
        {
          what: "wire delivered = offered - dropped + duplicated",
          expected: wire.offered - wire.dropped + wire.duplicated,
          found: wire.delivered,
        },
      );
    }
    return checks;
  }
}

/**
 * The NetworkMessage is whole: only addresses, priority or VLAN may differ, which decide nothing
 * here.
 */
function isIntact(frame: Uint8Array, original: Uint8Array): boolean {
  if (frame === original) return true;
  if (frame.length !== original.length) return false;
  for (let i = 0; i < frame.length; i++) {
    const matters = i >= ETHERNET_PAYLOAD - 2 || i === ETHERNET_TPID || i === ETHERNET_TPID + 1;
    if (matters && frame[i] !== original[i]) return false;
  }
  return true;
}
