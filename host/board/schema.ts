// What a board.json says, checked once at the edge. boards/board.schema.json is generated from
// here.
import { z } from "zod";
import { PAGE_FLASH_VALUE_BLOCKS_MIN } from "../base/spec.ts";

const hex = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,8}$/, 'an address is a string like "0x20000000"')
  .transform((text) => Number.parseInt(text, 16));

const memorySchema = z.strictObject({
  origin: hex.describe("first address"),
  sizeBytes: z.number().int().positive(),
});

const slotSchema = z.strictObject({
  origin: hex.describe("first address of the image slot"),
  sizeBytes: z.number().int().positive(),
});

const pageFlashSchema = z
  .strictObject({
    origin: hex.describe("first address of the region"),
    sizeBytes: z.number().int().positive(),
    blockSizeBytes: z
      .number()
      .int()
      .positive()
      .multipleOf(8)
      .describe("erased at once: one sector or several; holds all entries of the node"),
  })
  .refine(({ sizeBytes, blockSizeBytes }) => sizeBytes % blockSizeBytes === 0, "whole blocks")
  .refine(
    ({ sizeBytes, blockSizeBytes }) => sizeBytes / blockSizeBytes >= PAGE_FLASH_VALUE_BLOCKS_MIN,
    `at least ${PAGE_FLASH_VALUE_BLOCKS_MIN} blocks`,
  );

const runnerSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("qemu"),
    machine: z.string().describe("qemu-system-arm -M"),
  }),
  z.strictObject({ kind: z.literal("native") }),
]);

export const boardSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{1,30}$/, "lower case letters, digits and dashes"),
  title: z.string(),
  tier: z.union([z.literal(1), z.literal(2), z.literal(3)]).describe("see boards/README.md"),
  isEmulated: z.boolean(),
  cpu: z.strictObject({
    core: z.enum(["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "host"]),
    fpu: z.enum(["none", "fpv4-sp-d16", "fpv5-sp-d16", "fpv5-d16", "host"]),
    clockHz: z.number().int().positive(),
    interruptCount: z.number().int().min(0).max(240),
  }),
  memories: z
    .strictObject({ flash: memorySchema, ram: memorySchema })
    .optional()
    .describe("absent on the native board"),
  slots: z
    .strictObject({ primary: slotSchema, secondary: slotSchema })
    .optional()
    .describe("image slots for the boot program"),
  pageFlash: pageFlashSchema
    .optional()
    .describe("flash in which entries are kept (spec/page.md); absent: none"),
  budget: z.strictObject({
    flashSizeBytes: z.number().int().positive(),
    ramSizeBytes: z.number().int().positive(),
    stackSizeBytes: z.number().int().positive().describe("main loop's stack"),
    handlerStackSizeBytes: z
      .number()
      .int()
      .positive()
      .describe("interrupt and fault handlers' stack"),
  }),
  wasmMemorySizeBytes: z
    .number()
    .int()
    .min(8192)
    .multipleOf(64)
    .describe("linear memory of the node program"),
  ethernet: z
    .strictObject({ controller: z.enum(["lan9118"]), base: hex })
    .optional()
    .describe("absent: the board has no Ethernet"),
  /** C files of firmware/port that this board uses besides runtime.c. */
  port: z.array(z.string().regex(/^[a-z0-9-]+\.c$/)),
  defines: z.record(z.string().regex(/^BOARD_[A-Z0-9_]+$/), z.string()).default({}),
  runner: runnerSchema,
});

export type Board = z.infer<typeof boardSchema> & {
  /** Folder of board.json; port.c lies beside it. */
  folder: string;
};

/** JSON schema of board.json for editors. */
export function boardJsonSchema(): object {
  return z.toJSONSchema(boardSchema, { io: "input" });
}
