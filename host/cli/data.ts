// latch data: the recordings latchwork knows by name; none of them is part of it.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import {
  getRecording,
  locateRecording,
  recordingFolders,
  recordingPath,
} from "../recording/library.ts";
import { datasetOf, findRecording, listRecordings } from "../recording/manifest.ts";
import { printJson, say } from "./words.ts";

export function addData(latch: Command): void {
  const data = latch.command("data").description("list, fetch and locate recordings");
  data
    .command("list")
    .description("all recordings of the manifest and whether they are here")
    .option("--json", "print the manifest as JSON")
    .exitOverride()
    .action((options: { json?: true }) => {
      const rows = listRecordings().map((recording) => ({
        ...recording,
        path: locateRecording(recording),
      }));
      if (options.json) {
        printJson(rows);
        return;
      }
      for (const row of rows) {
        process.stdout.write(
          `${row.id.padEnd(34)} ${String(row.sampleRateHz).padStart(6)} Hz  ${row.path ? "here" : "-"}\n`,
        );
      }
      say(`looked in: ${recordingFolders().filter(existsSync).join(", ") || "no folder there"}`);
    });
  data
    .command("path")
    .description("where a recording lies, after checking its SHA-256")
    .argument("<id>", "for example cwru:1797_OR_at_6_21_DE12")
    .exitOverride()
    .action((id: string) => {
      process.stdout.write(`${recordingPath(id)}\n`);
    });
  data
    .command("get")
    .description("download a recording from its origin into the cache and check its SHA-256")
    .argument("<id>", "for example cwru:1797_OR_at_6_21_DE12")
    .exitOverride()
    .action(async (id: string) => {
      const recording = findRecording(id);
      const { repository, commit } = datasetOf(recording);
      say(`${id}: from ${repository} at ${commit.slice(0, 12)}, ${recording.originPath}`);
      const onProgress = (receivedBytes: number, totalBytes: number | undefined) => {
        const total = totalBytes === undefined ? "" : ` of ${totalBytes}`;
        if (process.stderr.isTTY) process.stderr.write(`\r${receivedBytes}${total} bytes`);
      };
      const path = await getRecording(id, { onProgress });
      if (process.stderr.isTTY) process.stderr.write("\n");
      process.stdout.write(`${path}\n`);
    });
}
