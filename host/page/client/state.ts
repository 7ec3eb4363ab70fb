// How a node stands, in a word for the style sheet and a few words for people.
import { NODE_FLAG_EMULATED_BOARD, NODE_FLAG_SIMULATED_SIGNAL } from "../../base/spec.ts";
import type { Fleet, FleetNode } from "./fleet.ts";
import { formatSpan } from "./format.ts";

export interface NodeState {
  /** "unknown": the gateway cannot be asked at the moment. */
  name: "live" | "gone" | "restored" | "unknown";
  words: string;
}

/** The gateway judges live, gone or restored; without it the page says that it does not know. */
export function stateOf(
  fleet: Fleet,
  node: FleetNode,
  isConnected: boolean,
  nowMs: number,
): NodeState {
  if (!isConnected) return { name: "unknown", words: "unknown, no gateway" };
  const state = node.status?.state;
  if (state === "restored") {
    const span = formatSpan(fleet.silentMs(node, nowMs));
    return { name: "restored", words: `restored, ${span} old` };
  }
  if (state !== "gone") return { name: "live", words: "live" };
  return { name: "gone", words: `gone since ${formatSpan(fleet.silentMs(node, nowMs))}` };
}

/** "emulated board, simulated signal", or nothing if all is real. */
export function simulatedWords(flags: number): string {
  const words: string[] = [];
  if (flags & NODE_FLAG_EMULATED_BOARD) words.push("emulated board");
  if (flags & NODE_FLAG_SIMULATED_SIGNAL) words.push("simulated signal");
  return words.join(", ");
}
