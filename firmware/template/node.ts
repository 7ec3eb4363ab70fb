// My node: everything the vibration node does, and one figure of its own.
//
// It counts the windows whose crest factor (peak / RMS) exceeds a limit: single hard knocks that an
// RMS hides. Build it with `latch build`, run it with `latch sim`; the count arrives at the gateway
// as DataSetWriter 16.
import { FEATURE_CREST_Q16 } from "latchwork/assembly/base/spec";
import { putU32, USER_WRITER } from "latchwork/firmware/node/entries";
import {
  nodeFeatures,
  nodeInit,
  nodeMeasure,
  nodePublish,
  nodeTick,
} from "latchwork/firmware/node/node";

/** Crest factor 6 in Q16.16; a healthy bearing stays near 4. */
const CREST_LIMIT_Q16: u32 = 6 << 16;

let knocks: u32 = 0;

/** Called once: the sample rate in Hz, or a status below zero. */
export function init(): i32 {
  return nodeInit();
}

/** Called by the sampling interrupt: keep it short. */
export function tick(): void {
  nodeTick();
}

/** Called by the main loop until it answers 0. */
export function step(): i32 {
  const measured = nodeMeasure();
  if (measured <= 0) return measured;
  if (load<u32>(nodeFeatures(), FEATURE_CREST_Q16) > CREST_LIMIT_Q16) knocks++;
  const status = putU32(USER_WRITER, 0, knocks);
  return status < 0 ? status : nodePublish();
}
