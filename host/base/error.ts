// The two ways the host fails: a bug (assert, exit 70 with the stack) and the environment
// (ToolError, one line).
//
// A ToolError is caught only in host/cli/main.ts. Its code is a name from the exit-code table of
// spec/status.md.
import * as spec from "./spec.ts";

type ExitName<K> = K extends `EXIT_${infer Name}` ? (Name extends "NAMES" ? never : Name) : never;

/** Names of the exit codes in spec/status.md. */
export type ExitCode = ExitName<keyof typeof spec>;

/**
 * A failure of the environment: what was being done, the offending value, what would be right; one
 * line.
 */
export class ToolError extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ToolError";
    this.code = code;
  }

  get exitCode(): number {
    // biome-ignore lint/performance/noDynamicNamespaceImportAccess: the code is the constant's name
    return spec[`EXIT_${this.code}`];
  }
}

/** Throws an ordinary Error (a bug in latchwork) unless the condition holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
