// What the file system refuses, as one line for the user: the call, the path, and what to do.
//
// Any command may meet these anywhere it writes; they are the environment's failures, not bugs.
// Codes: errno of POSIX.1-2017.

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: "permission denied; choose another folder, or give this user the right to it",
  EPERM: "operation not permitted; choose another folder, or give this user the right to it",
  EROFS: "the file system is read-only; choose a folder on another one",
  ENOSPC: "no space is left on the device; free some and try again",
  ENOTDIR: "a part of the path is no folder; choose another path",
};

/**
 * `mkdir a/b: permission denied; ... (EACCES)` for an error that Node made of a refused file-system
 * call; undefined for any other, also for a socket's or a signal's EPERM, which have no path.
 */
export function describeSystemFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "", syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const remedy = Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
  // A full disk shows at a write, which knows only its descriptor.
  if (remedy === undefined || (path === undefined && code !== "ENOSPC")) return undefined;
  const place = [path, dest].filter((part) => part !== undefined).join(" to ");
  return `${[syscall, place].filter(Boolean).join(" ")}: ${remedy} (${code})`;
}
