// Where a failed assert goes: to the port, with file, line and column, never to come back.
//
// The compiler is told to use this instead of its own abort (`--use abort=...`), so that the module
// has no import "env" and a board can leave a fault record (spec/status.md).
import { fault } from "./port";
import { FAULT_ASSERT } from "./spec";

// The signature is the compiler's: message and file are UTF-16 strings in static data;
// the message of an assert is never stored, its words stand in the comment beside it.
export function onAbort(_message: usize, file: usize, line: u32, column: u32): void {
  fault(FAULT_ASSERT, <u32>file, line, column);
  unreachable();
}
