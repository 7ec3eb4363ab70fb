// What the core needs from outside: a place to leave a fault. Wasm import "port" "fault".

/** Leaves a fault record and does not return. Kind, file and line as in spec/status.md. */
export declare function fault(kind: i32, file: u32, line: u32, column: u32): void;

/**
 * Called before each shared access of a build with MAP_HOOKS: a test may run another agent's
 * operation here. Never in a program that ships.
 */
export declare function hook(): void;
