// What the core needs from outside: a place to leave a fault. Wasm import "port" "fault".

/** Leaves a fault record and does not return. Kind, file and line as in spec/status.md. */
export declare function fault(kind: i32, file: u32, line: u32, column: u32): void;
