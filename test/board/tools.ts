// Whether the programs that a test needs are here; what a skipped test prints if not.
import { run } from "../../host/base/process.ts";

/** The reason to skip, or false if all are here. */
export async function missingTool(...tools: string[]): Promise<string | false> {
  for (const tool of tools) {
    const found = await run(tool, ["--version"]).catch(() => undefined);
    if (found?.code !== 0) return `${tool} is not here; see: npx latch doctor`;
  }
  return false;
}
