// The list of known recordings: where each comes from, under which licence, and its hash.
//
// manifest.json holds facts only; no recording is part of the project. Ids look like
// `cwru:1797_OR_at_6_21_DE12`.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ToolError } from "../base/error.ts";

const datasetSchema = z.strictObject({
  title: z.string(),
  /** GitHub owner/name. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  licence: z.string(),
  /** How the origin's file becomes ours: npz.ts or mat.ts. */
  transform: z.enum(["npz-counts", "mat-float32"]),
  note: z.string(),
  bearing: z.strictObject({
    name: z.string(),
    rollerCount: z.number().int().min(3).max(64),
    rollerDiameterUm: z.number().int().positive(),
    pitchDiameterUm: z.number().int().positive(),
    contactDegrees: z.number().min(0).max(89),
  }),
});

const recordingSchema = z.strictObject({
  id: z.string().regex(/^\w+:\w+$/),
  dataset: z.string(),
  /** Name of our file in the dataset's folder: .i16le or .f32le. */
  file: z.string(),
  /** Path in the origin's repository. */
  originPath: z.string(),
  channel: z.string(),
  fault: z.enum(["healthy", "outer", "inner", "ball"]),
  description: z.string(),
  sampleRateHz: z.number().int().positive(),
  sampleCount: z.number().int().positive(),
  shaftRpm: z.number().positive(),
  /** Acceleration of one count; absent where the samples are floats in g. */
  gPerCount: z.number().positive().optional(),
  /** SHA-256 of our file, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Dataset = z.infer<typeof datasetSchema>;
export type Recording = z.infer<typeof recordingSchema>;

const manifest = z
  .strictObject({
    datasets: z.record(z.string(), datasetSchema),
    recordings: z.array(recordingSchema),
  })
  .parse(JSON.parse(readFileSync(new URL("manifest.json", import.meta.url), "utf8")));

/** Every known recording, whether its file is on this machine or not. */
export function listRecordings(): readonly Recording[] {
  return manifest.recordings;
}

/** Origin, licence and bearing of the recording's dataset. */
export function datasetOf(recording: Recording): Dataset {
  return manifest.datasets[recording.dataset]!;
}

/** The recording of that id. Errors: MISSING_INPUT, naming the nearest ids. */
export function findRecording(id: string): Recording {
  const found = manifest.recordings.find((recording) => recording.id === id);
  if (found !== undefined) return found;
  const near = manifest.recordings
    .map((recording) => ({ id: recording.id, distance: editDistance(id, recording.id) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((candidate) => candidate.id);
  throw new ToolError(
    "MISSING_INPUT",
    `no recording "${id}"; nearest: ${near.join(", ")}; all: latch data list`,
  );
}

/** Levenshtein's distance: inserted, deleted and replaced characters. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
