// Child processes of a test: starts `latch`, finds its descendants, waits for words.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../host/base/package.ts";

export interface Running {
  child: ChildProcess;
  /** Everything said so far on both outputs. */
  said(): string;
  stdout(): string;
  /** Resolves with the exit code; -1 if a signal ended it. */
  ended: Promise<number>;
}

export function startLatch(...words: string[]): Running {
  const child = spawn(process.execPath, [join(packageRoot, "host/cli/latch.mjs"), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let stdout = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
    said += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  const ended = new Promise<number>((resolve) =>
    child.once("close", (code) => resolve(code ?? -1)),
  );
  return { child, said: () => said, stdout: () => stdout, ended };
}

/**
 * Polls until `probe` gives something, or throws with `what` and the last words after `timeoutMs`.
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Process {
  pid: number;
  command: string;
}

/** All living descendants of a process. */
export function descendants(pid: number): Process[] {
  const found: Process[] = [];
  let children: number[] = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  } catch {
    return found;
  }
  for (const child of children) {
    try {
      const command = readFileSync(`/proc/${child}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      found.push({ pid: child, command }, ...descendants(child));
    } catch {}
  }
  return found;
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
