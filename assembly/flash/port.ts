// The flash that a node keeps its pages in; Wasm imports of module "port". Main loop only.
//
// On a board firmware/port/runtime.c answers, in Node host/sim/wasm-node.ts. Offsets `at` count
// from the begin of the region that board.json calls pageFlash.

/** Bytes of the region, whole blocks; 0 if there is none. */
export declare function flashSize(): i32;

/** Bytes that are erased at once, a multiple of 8. */
export declare function flashBlockSize(): i32;

/** `size` bytes copied to target: 0, or STATUS_DEVICE. */
export declare function flashRead(at: i32, target: usize, size: i32): i32;

/**
 * Clears the bits that are 0 in the `size` bytes at source; `at` and `size` are multiples of 8, the
 * bytes there are erased. 0 when it will survive the loss of power, or STATUS_DEVICE.
 */
export declare function flashProgram(at: i32, source: usize, size: i32): i32;

/** Sets all bits of the block that begins at `at`: 0 when it is done, or STATUS_DEVICE. */
export declare function flashErase(at: i32): i32;
