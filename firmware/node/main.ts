// The plain vibration node: measures every window and publishes it.
//
// The three exports are what every target calls: init once, tick from the sampling interrupt, step
// from the main loop until it answers 0 (then it sleeps until the next interrupt).
import { nodeInit, nodeMeasure, nodePublish, nodeTick } from "./node";

/** Sample rate in Hz, or a status. */
export function init(): i32 {
  return nodeInit();
}

export function tick(): void {
  nodeTick();
}

/** 1: did a window; 0: nothing to do; below zero: the run ends with that status. */
export function step(): i32 {
  const measured = nodeMeasure();
  return measured > 0 ? nodePublish() : measured;
}
