// Which instructions a module has: so that a conformance test can tell what it covers.
import { packageFile } from "../../../host/base/package.ts";
import { runOrThrow } from "../../../host/base/process.ts";

/** Mnemonics without operands: `i32.load8_u`. */
export async function opcodes(wasmPath: string): Promise<Set<string>> {
  const listing = await runOrThrow(process.execPath, [
    packageFile("wabt", "bin/wasm-objdump"),
    "-d",
    wasmPath,
  ]);
  const rows = listing.matchAll(/^ [0-9a-f]+: [^|]*\|\s*([\w.]+)/gm);
  return new Set([...rows].map((row) => row[1] as string));
}

const types = (forms: string[], suffixes: string[]) =>
  forms.flatMap((type) => suffixes.map((suffix) => `${type}.${suffix}`));
const words = (text: string) => text.split(" ");

/**
 * Every instruction of the scalar instruction set that the compiler writes, but the structured
 * ones.
 */
export const expectedOpcodes = [
  ...types(
    ["i32", "i64"],
    words(
      "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr clz ctz popcnt eqz eq ne lt_s " +
        "lt_u le_s le_u gt_s gt_u ge_s ge_u load store load8_s load8_u load16_s load16_u store8 store16 " +
        "const trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u",
    ),
  ),
  ...words(
    "i32.extend8_s i32.extend16_s i64.load32_s i64.load32_u i64.store32 i64.extend32_s i32.wrap_i64 i64.extend_i32_s i64.extend_i32_u",
  ),
  ...types(
    ["f32", "f64"],
    words(
      "add sub mul div min max copysign neg abs ceil floor trunc nearest sqrt eq ne lt le gt ge load store " +
        "convert_i32_s convert_i32_u convert_i64_s convert_i64_u",
    ),
  ),
  ...words("f32.demote_f64 f64.promote_f32 i32.reinterpret_f32 i64.reinterpret_f64"),
  ...words("f32.reinterpret_i32 f64.reinterpret_i64 memory.copy memory.fill select br_table"),
  ...types(
    ["i32.atomic"],
    words("load store rmw.add rmw.sub rmw.and rmw.or rmw.xor rmw.xchg rmw.cmpxchg"),
  ),
];
