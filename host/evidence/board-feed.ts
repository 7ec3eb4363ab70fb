// What a board under observation runs on: the same configuration and signal at every run.
import { join } from "node:path";
import { packageRoot } from "../base/package.ts";
import { NODE_FLAG_EMULATED_BOARD } from "../base/spec.ts";
import { configForSource, encodeNodeConfig } from "../recording/config.ts";
import { openSource } from "../recording/source.ts";

/** The program that comes with the package: main loop and interrupt contend on one map. */
export const churnProgram = join(packageRoot, "firmware/node/churn.ts");
/** Its variable with what the interrupt loaded last. */
export const CHURN_RESULT = "firmware/node/churn/seen";

/** Late in 2025, as an OPC UA DateTime: a clock of the day would change the frames. */
const EPOCH = 134_000_000_000_000_000n;
const SOURCE = "model:outer:1";

/** Configuration record and samples, without a limit of windows. */
export function boardFeed(): { config: Uint8Array; samples: Int16Array } {
  const source = openSource(SOURCE);
  const config = configForSource(source, {
    publisherId: 1,
    epoch: EPOCH,
    flags: NODE_FLAG_EMULATED_BOARD,
  });
  return { config: encodeNodeConfig(config), samples: source.samples };
}
