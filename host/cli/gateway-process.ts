// The gateway as a child process of `latch start`, so that it can die and come back while the
// boards go on.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";

const START_TIMEOUT_MS = 60_000;
const RESTART_MS = 500;

export interface GatewayProcessOptions {
  /** Words behind `latch gateway`, the page's port apart. */
  words: string[];
  httpPort: number;
  onRestart: () => void;
}

export class GatewayProcess {
  readonly #options: GatewayProcessOptions;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #restart: NodeJS.Timeout | undefined;
  address = "";

  constructor(options: GatewayProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves with the page's address. Errors: what the gateway said, with its exit code's name. */
  async start(): Promise<string> {
    this.address = await this.#launch();
    return this.address;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }

  #launch(): Promise<string> {
    const latch = join(packageRoot, "host/cli/latch.mjs");
    // It comes back where it was, also if the system chose the port.
    const port = this.address === "" ? this.#options.httpPort : Number(new URL(this.address).port);
    const words = ["gateway", "--http", String(port), "--end-with-stdin", ...this.#options.words];
    // Nothing is written to its input: the system closes it when this process dies, however it
    // does.
    const child = spawn(process.execPath, [latch, ...words], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.#child = child;
    let said = "";
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(
          new ToolError("TIMEOUT", `the gateway did not start within ${START_TIMEOUT_MS / 1000} s`),
        );
      }, START_TIMEOUT_MS);
      child.stderr?.on("data", (chunk) => {
        said = `${said}${chunk}`.slice(-4000);
        const address = /page at (\S+?),/.exec(said)?.[1];
        if (address) {
          clearTimeout(timer);
          resolve(address);
        }
      });
      child.once("exit", (code) => {
        clearTimeout(timer);
        if (this.#isStopping) return;
        if (this.address === "") {
          const line = said
            .trim()
            .split("\n")
            .at(-1)
            ?.replace(/^latch: /, "");
          reject(
            new ToolError(
              code === 9 ? "PORT_IN_USE" : "FAILED",
              line || `the gateway ended with ${code}`,
            ),
          );
          return;
        }
        this.#options.onRestart();
        this.#restart = setTimeout(() => {
          this.#launch().catch(() => {});
        }, RESTART_MS);
      });
    });
  }
}
