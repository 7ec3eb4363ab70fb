// Runs a program to its end and hands back what it printed; every run has a deadline.
import { spawn } from "node:child_process";
import { ToolError } from "./error.ts";

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Kills the program after this many milliseconds; 120,000 if not given. */
  timeoutMs?: number;
  input?: string;
}

/**
 * Exit code and output of a program. Errors: MISSING_TOOL if it cannot be started, TIMEOUT past the
 * deadline. A non-zero exit is no error here.
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const timeoutMs = options.timeoutMs ?? 120_000;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    // A character may arrive in two pieces.
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(
        new ToolError(
          "MISSING_TOOL",
          `cannot start ${command}: ${error.message}; see: latch doctor`,
        ),
      );
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (expired)
        reject(new ToolError("TIMEOUT", `${command} did not end within ${timeoutMs} ms`));
      else resolve({ code: code ?? 1, stdout, stderr });
    });
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}

/** Like run, but a non-zero exit is a bug in latchwork: throws with what the program said. */
export async function runOrThrow(
  command: string,
  args: string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")} exited with ${result.code}:\n${result.stderr}${result.stdout}`,
    );
  }
  return result.stdout;
}
