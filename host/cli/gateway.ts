// latch gateway: receives frames, keeps every node's entries, serves the page.
import { type Command, Option } from "commander";
import { ToolError } from "../base/error.ts";
import type { WireOptions } from "../link/wire.ts";
import { ensurePage } from "../page/build.ts";
import { type LinkChoice, openLink, parseLink, parseWire } from "./link.ts";
import { collect, parseDuration, parsePort, printJson, say } from "./words.ts";

interface GatewayOptions {
  link: LinkChoice;
  http: number;
  wire?: WireOptions;
  simulated: string[];
  keep?: string;
  for?: number;
  json?: true;
  endWithStdin?: true;
}

export const DEFAULT_HTTP_PORT = 8080;
export const DEFAULT_LINK_PORT = 47000;

export function addGateway(latch: Command): void {
  latch
    .command("gateway")
    .description("receive nodes' frames and serve the live page")
    .option("--link <link>", "udp:PORT (emulated boards) or pcap:INTERFACE", parseLink, {
      kind: "udp",
      place: String(DEFAULT_LINK_PORT),
    })
    .option(
      "--http <port>",
      "port of the page; 0 lets the system choose",
      parsePort,
      DEFAULT_HTTP_PORT,
    )
    .option(
      "--wire <faults>",
      "emulated faults: loss=0.05,duplicate=0.05,corrupt=0.01,reorder=0.02,seed=7",
      parseWire,
    )
    .option("--simulated <what>", "says on the page what is simulated; repeatable", collect, [])
    .option("--keep <file>", "keep the nodes' last values in a file and show them after a restart")
    .option("--for <duration>", "stop by itself, for example 20s", parseDuration)
    .option("--json", "print the final counters as JSON")
    .addOption(new Option("--end-with-stdin", "end when standard input closes").hideHelp())
    .action(async (options: GatewayOptions) => {
      // Loaded here: the other commands need no web server.
      const { startGateway } = await import("../gateway/gateway.ts");
      // From here on: whoever started us may die before we are ready.
      const orphaned = options.endWithStdin ? endOfInput() : undefined;
      await ensurePage();
      const transport = openLink(options.link, options.wire);
      const simulated = [...options.simulated];
      if (options.wire) simulated.push("faults of the wire");
      let onFailure: (error: Error) => void = () => {};
      const failed = new Promise<never>((_, reject) => {
        onFailure = (error) => reject(new ToolError("FAILED", error.message, { cause: error }));
      });
      const gateway = await startGateway({
        transport,
        httpPort: options.http,
        simulated,
        onFailure,
        onNote: (note) => say(`gateway: ${note}`),
        ...(options.keep === undefined ? {} : { keepFile: options.keep }),
      });
      say(`gateway: page at ${gateway.address}, link ${transport.name}`);
      const ends = [endOfRun(options.for), failed];
      await Promise.race(orphaned ? [...ends, orphaned] : ends);
      const status = gateway.status();
      await gateway.close();
      if (options.json) printJson(status);
    });
}

/** Resolves on Ctrl-C, SIGTERM or after the duration, whichever comes first. */
export function endOfRun(durationMs?: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = durationMs === undefined ? undefined : setTimeout(done, durationMs);
    const keepAlive = setInterval(() => {}, 60_000);
    function done(): void {
      clearTimeout(timer);
      clearInterval(keepAlive);
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, done);
      resolve();
    }
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, done);
  });
}

/** Resolves when standard input ends: `latch start` holds its other end as long as it lives. */
function endOfInput(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["end", "close", "error"]) process.stdin.once(event, () => resolve());
    process.stdin.resume();
  });
}
