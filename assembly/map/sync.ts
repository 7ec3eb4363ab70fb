// Shared words: every atomic access of the map goes through these functions.
//
// All are sequentially consistent, as WebAssembly's atomics are; 32 bits wide, as Cortex-M's are. A
// build with `--use MAP_HOOKS=1` calls the port before each of them, so that tests can run another
// agent at every point where one could come in between (test/host/schedule/injection.test.ts).
import { hook } from "../base/port";

/** The word at `at`. */
export function syncLoad(at: usize): u32 {
  if (isDefined(MAP_HOOKS)) hook();
  return atomic.load<u32>(at);
}

/** Sets the word at `at`. */
export function syncStore(at: usize, value: u32): void {
  if (isDefined(MAP_HOOKS)) hook();
  atomic.store<u32>(at, value);
}

/** Sets the word at `at` if it is `from`; answers with what it was, `from` if it was set. */
export function syncExchange(at: usize, from: u32, to: u32): u32 {
  if (isDefined(MAP_HOOKS)) hook();
  return atomic.cmpxchg<u32>(at, from, to);
}

/** Adds to the word at `at`, modulo 2^32. */
export function syncAdd(at: usize, value: u32): void {
  if (isDefined(MAP_HOOKS)) hook();
  atomic.add<u32>(at, value);
}

/** Sets in the word at `at` the bits that are 1 in `bits`. */
export function syncOr(at: usize, bits: u32): void {
  if (isDefined(MAP_HOOKS)) hook();
  atomic.or<u32>(at, bits);
}

/** Clears in the word at `at` the bits that are 0 in `mask`; answers with what it was. */
export function syncAnd(at: usize, mask: u32): u32 {
  if (isDefined(MAP_HOOKS)) hook();
  return atomic.and<u32>(at, mask);
}
