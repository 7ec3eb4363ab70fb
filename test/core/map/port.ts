// What the benchmark's loops need from outside.

/** Nanoseconds of a clock that never goes back. */
export declare function now(): f64;
