// What write-back needs from outside; Wasm import of module "port".

/**
 * Puts a batch (spec/page.md) of `size` bytes at the end of the high-priority queue of whatever
 * keeps it: a file on a gateway, flash on a node. 0 when it has been accepted and will survive the
 * end of this program; else a status, and the pages stay dirty.
 */
export declare function pageWrite(batch: usize, size: i32): i32;
