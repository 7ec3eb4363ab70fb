// The peers of other languages: fetched by their own package tools into a cache outside the
// repository, built there, and asked for one round at a time.
//
// The cache is ~/.cache/latchwork/peers, or LATCHWORK_PEERS. What has no tool or no network is
// missing with a reason, and the rest goes on.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { packageRoot } from "../../../host/base/package.ts";
import { run } from "../../../host/base/process.ts";

const BUILD_TIMEOUT_MS = 240_000;
const ROUND_TIMEOUT_MS = 60_000;
/** The last Go that has the read/dirty map too, behind an experiment. */
const CLASSIC_GO = "go1.24.13";
const NPM_PEERS = ["sharedmap@1.2.0", "shared-memory-datastructures@0.1.9"];

export interface Peers {
  /** sync.Map, xsync and RWMutex of today's Go. */
  go: PeerProcess | Missing;
  /** sync.Map as it was: read part and dirty part. */
  classic: PeerProcess | Missing;
  rust: PeerProcess | Missing;
  /** Folder whose node_modules has the npm peers. */
  npm: string | Missing;
  goVersion: string;
  close(): void;
}

/** Why a peer is not here. */
export interface Missing {
  reason: string;
}

export function isMissing<T>(peer: T | Missing): peer is Missing {
  return typeof peer === "object" && peer !== null && "reason" in peer;
}

/** A peer's program, which answers each line with a line of numbers. */
export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#child = spawn(path, [], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.on("error", () => {}); // told by the line that does not come
    this.#reader = createInterface({ input: this.#child.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** The numbers of one round. */
  async ask(name: string, map: string, threads: number, ops: number, argument = 0) {
    this.#child.stdin!.write(`${name} ${map} ${threads} ${ops} ${argument}\n`);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), ROUND_TIMEOUT_MS);
    const line = await this.#lines.next();
    clearTimeout(timer);
    if (line.done) throw new Error(`the peer ended in ${name} ${map}`);
    return line.value.trim().split(/\s+/).map(Number);
  }

  /** Asks a new process, which has not taken and given back memory before. */
  async askFresh(name: string, map: string, threads: number, ops: number) {
    const fresh = new PeerProcess(this.#path);
    try {
      return await fresh.ask(name, map, threads, ops);
    } finally {
      fresh.close();
    }
  }

  close(): void {
    this.#child.stdin!.end();
    this.#reader.close();
  }
}

/** Fetches and builds what is missing; some minutes the first time, then seconds. */
export async function preparePeers(onProgress: (line: string) => void): Promise<Peers> {
  const cache = process.env["LATCHWORK_PEERS"] ?? join(homedir(), ".cache/latchwork/peers");
  mkdirSync(cache, { recursive: true });
  for (const name of ["go", "rust"]) {
    cpSync(join(packageRoot, "test/bench/peers", name), join(cache, name), { recursive: true });
  }
  onProgress(`peers: building in ${cache}`);
  const goFolder = join(cache, "go");
  const native = { GOAMD64: "v3" };
  const go = await built(goFolder, ["go", "build", "-o", "today", "."], native, "today");
  const classic = await built(
    goFolder,
    ["go", "build", "-o", "classic", "."],
    { ...native, GOTOOLCHAIN: CLASSIC_GO, GOEXPERIMENT: "nosynchashtriemap" },
    "classic",
  );
  const rust = await built(
    join(cache, "rust"),
    ["cargo", "build", "--release"],
    { RUSTFLAGS: "-C target-cpu=native" },
    "target/release/peers",
  );
  const npm = await installed(join(cache, "npm"));
  const version = isMissing(go) ? "" : await run("go", ["version"], { cwd: goFolder });
  return {
    go,
    classic,
    rust,
    npm,
    goVersion: version === "" ? "" : (/go version go(\S+)/.exec(version.stdout)?.[1] ?? ""),
    close() {
      for (const peer of [go, classic, rust]) if (!isMissing(peer)) peer.close();
    },
  };
}

async function built(
  folder: string,
  [command, ...args]: string[],
  env: Record<string, string>,
  binary: string,
): Promise<PeerProcess | Missing> {
  const reason = await failureOf(command as string, args, folder, env);
  return reason === undefined ? new PeerProcess(join(folder, binary)) : { reason };
}

async function installed(folder: string): Promise<string | Missing> {
  mkdirSync(folder, { recursive: true });
  const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", ...NPM_PEERS];
  const reason = await failureOf("npm", args, folder, {});
  return reason === undefined ? folder : { reason };
}

/** Why a command failed, in a line; undefined if it did not. */
async function failureOf(
  command: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  try {
    const options = { cwd, env: { ...process.env, ...env }, timeoutMs: BUILD_TIMEOUT_MS };
    const result = await run(command, args, options);
    if (result.code === 0) return undefined;
    const lines = result.stderr.trim().split("\n");
    return `${command} ${args[0]}: ${lines.find((line) => /error|:/i.test(line)) ?? lines[0]}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
