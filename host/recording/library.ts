// Where recordings lie on this machine, and how a missing one is fetched from its origin.
//
// Looked for in LATCH_DATA, then ../shared/data beside the package, then the user's cache folder;
// each holds one folder a dataset. A file is handed out only after its SHA-256 agrees with the
// manifest. A download takes the origin's file at the pinned commit, turns it into ours, checks the
// hash, and only then moves it into place.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf, ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { datasetOf, findRecording, type Recording } from "./manifest.ts";
import { decodeMatField } from "./mat.ts";
import { decodeNpzArray } from "./npz.ts";

/** The largest origin file is under 8 MiB; more than this is not what we asked for. */
const DOWNLOAD_SIZE_MAX = 64 * 1024 * 1024;
/** An exact count divides with a remainder near 1e-10; a wrong step shows far above this. */
const COUNT_TOLERANCE = 1e-6;

export interface GetOptions {
  /** Replaces https://raw.githubusercontent.com, for mirrors and tests. */
  originBase?: string;
  /**
   * Look and download only here; if not given, look everywhere and download into the cache
   * folder.
   */
  folder?: string;
  /** For the whole download; 120,000 if not given. */
  timeoutMs?: number;
  /** Called as bytes arrive; totalBytes is undefined if the server does not say. */
  onProgress?: (receivedBytes: number, totalBytes: number | undefined) => void;
}

/** Folders in which recordings are looked for, in order. */
export function recordingFolders(): string[] {
  const folders = [join(packageRoot, "..", "shared", "data"), cacheFolder()];
  const stated = process.env.LATCH_DATA;
  return stated ? [stated, ...folders] : folders;
}

/** Path of the recording's file if it is on this machine; the hash is not looked at. */
export function locateRecording(
  recording: Recording,
  folders = recordingFolders(),
): string | undefined {
  return folders
    .map((folder) => join(folder, recording.dataset, recording.file))
    .find((path) => existsSync(path));
}

/**
 * Path of the recording's file, its hash checked. Errors: MISSING_INPUT, BAD_INPUT on a wrong
 * hash.
 */
export function recordingPath(id: string): string {
  const recording = findRecording(id);
  const path = locateRecording(recording);
  if (path !== undefined) return checkHash(recording, path);
  throw new ToolError(
    "MISSING_INPUT",
    `recording ${id} is not on this machine; run: latch data get ${id} (or set LATCH_DATA)`,
  );
}

function checkHash(recording: Recording, path: string): string {
  const sha256 = hashOf(readFileSync(path));
  if (sha256 === recording.sha256) return path;
  throw new ToolError(
    "BAD_INPUT",
    `${path}: SHA-256 ${sha256}, expected ${recording.sha256}; delete it and get it again`,
  );
}

/**
 * Path of the recording's file; downloads it into the cache folder if it is not here yet. Errors:
 * NO_NETWORK if the origin cannot be reached, answers with an error or is too slow; BAD_INPUT if
 * what it sends is not the recording.
 */
export async function getRecording(id: string, options: GetOptions = {}): Promise<string> {
  const recording = findRecording(id);
  const present = locateRecording(recording, options.folder ? [options.folder] : undefined);
  if (present !== undefined) return checkHash(recording, present);

  const { repository, commit } = datasetOf(recording);
  const base = options.originBase ?? "https://raw.githubusercontent.com";
  const path = recording.originPath.split("/").map(encodeURIComponent).join("/");
  const url = `${base}/${repository}/${commit}/${path}`;
  const bytes = transformOrigin(recording, await download(url, options), url);
  const sha256 = hashOf(bytes);
  if (sha256 !== recording.sha256) {
    throw new ToolError(
      "BAD_INPUT",
      `${url}: transformed to SHA-256 ${sha256}, expected ${recording.sha256}`,
    );
  }
  const target = join(options.folder ?? cacheFolder(), recording.dataset, recording.file);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  writeFileSync(partial, bytes);
  renameSync(partial, target);
  return target;
}

/**
 * Our file's bytes from the origin's: exact int16 counts (value / gPerCount) or float32 g,
 * little-endian. Errors: BAD_INPUT naming `label` if the file is damaged or a value is no whole
 * number of counts.
 */
export function transformOrigin(recording: Recording, origin: Uint8Array, label: string): Buffer {
  if (datasetOf(recording).transform === "mat-float32") {
    const values = decodeMatField(origin, "bearing", recording.channel, label);
    const bytes = Buffer.alloc(values.length * 4);
    for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i]!, i * 4);
    return bytes;
  }
  const values = decodeNpzArray(origin, recording.channel, label);
  const bytes = Buffer.alloc(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const exact = values[i]! / recording.gPerCount!;
    const count = Math.round(exact);
    if (!(Math.abs(exact - count) <= COUNT_TOLERANCE) || Math.abs(count) > 32767) {
      throw new ToolError(
        "BAD_INPUT",
        `${label}: sample ${i} is ${exact} counts, expected a whole number within 16 bits`,
      );
    }
    bytes.writeInt16LE(count, i * 2);
  }
  return bytes;
}

async function download(url: string, options: GetOptions): Promise<Uint8Array> {
  const timeoutMs = options.timeoutMs ?? 120_000;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) {
      throw new ToolError("NO_NETWORK", `${url}: HTTP ${response.status}, expected 200`);
    }
    const stated = Number(response.headers.get("content-length") ?? "");
    const totalBytes = stated > 0 ? stated : undefined;
    const chunks: Uint8Array[] = [];
    let receivedBytes = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      receivedBytes += chunk.length;
      if (receivedBytes > DOWNLOAD_SIZE_MAX) {
        throw new ToolError("BAD_INPUT", `${url}: more than ${DOWNLOAD_SIZE_MAX} bytes`);
      }
      chunks.push(chunk);
      options.onProgress?.(receivedBytes, totalBytes);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof ToolError) throw error;
    const why = signal.aborted
      ? `not complete within ${timeoutMs} ms`
      : messageOf(error instanceof Error && error.cause ? error.cause : error);
    throw new ToolError("NO_NETWORK", `cannot download ${url}: ${why}`, { cause: error });
  }
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "latchwork");
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
