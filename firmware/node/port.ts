// Everything a node needs from outside; with assembly/base/port.ts these are all Wasm imports of
// module "port".
//
// On a board firmware/port/runtime.c answers, in Node host/sim/wasm-node.ts. Offsets are into
// linear memory.

/** Bytes of linear memory; regions end here. */
export declare function memorySize(): u32;

/**
 * Bytes of the configuration record (spec/memory.md) copied to target, or a status. Main loop only.
 */
export declare function configRead(target: usize, capacity: i32): i32;

/**
 * Samples (i16) of one finished block copied to target; 0: none ready; STATUS_END. Interrupt only.
 */
export declare function adcRead(target: usize, capacity: i32): i32;

/**
 * Hands one Ethernet frame (without FCS) to the device: 0, STATUS_BUSY or STATUS_DEVICE. Main loop
 * only.
 */
export declare function linkWrite(frame: usize, size: i32): i32;

/** Writes ASCII text for people. Main loop only. */
export declare function logWrite(text: usize, size: i32): void;
