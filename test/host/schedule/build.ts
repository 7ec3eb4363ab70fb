// The core with a hook at every access that another agent could see, as it is and as coroutines.
//
// asc compiles the core's own text with MAP_HOOKS: a hook before every atomic. Plain loads of words
// that others change, and plain stores to the map and to snapshots, get one too, here, by text: in
// a right core nobody sees those stores, in a wrong one they are what is published too early. What
// is given back to the arena is filled with POISON at once, so whoever still reads it is caught,
// and a place outside of the directory is a fault. `coroutine` is the same module after Binaryen's
// Asyncify: at a hook it can be left, call by call, and be taken up again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import binaryen from "binaryen";
import { packageRoot } from "../../../host/base/package.ts";
import { PASSES } from "../../../host/build/wasm.ts";

/** An exact piece of a core file's text, and what to put in its place. */
export interface Mutation {
  file: string;
  from: string;
  to: string;
}

export interface HookedCore {
  plain: Uint8Array;
  coroutine: Uint8Array;
}

/** Every byte of freed granules: as a word it is no offset in the memory. */
export const POISON = 0xdb;

const PROGRAM = "test/core/schedule/program.ts";
const HOOKED = /^assembly\/(map|snapshot)\/(?!sync\.ts)/;
const STORES = `
let storesFrom: usize = 0;
export function hookStoresFrom(at: usize): void { storesFrom = at; }
export function hookedStore<T>(at: usize, value: T, offset: usize = 0): void {
  if (at + offset >= storesFrom) hook();
  store<T>(at + offset, value);
}
export function hookedLoad<T>(at: usize, offset: usize = 0): T {
  hook();
  return load<T>(at + offset);
}
export function hookedCopy(to: usize, from: usize, size: usize): void {
  hook();
  memory.copy(to, from, size);
}
`;
/** What is loaded plainly though others change it meanwhile. */
const CHANGING =
  /(?<![\w.])load<u32>\((map, MAP_(?:BUCKETS|FLOOR|CLOCK|CUTS|EPOCH|LENGTH|MIGRATE_DONE)\)|[^;]*STAMP)/g;
const PLACE = "  return <usize>(load<u32>(map, MAP_DIRECTORY) + (index << 2));";
const CHECKED = "  assert(index < load<u32>(map, MAP_BUCKETS_MAX));";
const FREE = "  store<u32>(self, used - count * MAP_VALUE_GRANULE_SIZE, MAP_AGENT_ARENA_USED);";
const POISONED = `  memory.fill(block, ${POISON}, count * MAP_VALUE_GRANULE_SIZE);`;

/** Compiles (a second), with some of the text replaced. Throws if a text is not there just once. */
export async function compileHooked(mutations: Mutation[] = []): Promise<HookedCore> {
  const left = new Set(mutations);
  const read = (path: string): string => {
    let text = readFileSync(join(packageRoot, path), "utf8");
    for (const mutation of mutations.filter(({ file }) => file === path)) {
      text = replaceOnce(text, mutation.from, mutation.to, path);
      left.delete(mutation);
    }
    return withHooks(path, text);
  };
  const raw = await assemble(read);
  for (const { file } of left) throw new Error(`${file} is no part of the program`);
  const module = binaryen.readBinary(raw);
  module.setFeatures(binaryen.Features.All);
  module.runPasses(PASSES.map((pass) => pass.slice(2)));
  const plain = module.emitBinary();
  binaryen.setPassArgument("asyncify-imports", "port.hook");
  binaryen.setPassArgument("asyncify-ignore-indirect", "");
  module.runPasses(["asyncify", "simplify-locals", "coalesce-locals", "vacuum"]);
  const coroutine = module.emitBinary();
  module.dispose();
  return { plain, coroutine };
}

function replaceOnce(text: string, from: string, to: string, path: string): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}

/** The text with hooks at plain stores; lines stay where they are. */
function withHooks(path: string, text: string): string {
  if (path === "assembly/map/sync.ts") return text + STORES;
  if (path === PROGRAM)
    return `${text}export { hookStoresFrom } from "../../../assembly/map/sync";`;
  if (!HOOKED.test(path)) return text;
  const source = path.startsWith("assembly/map/") ? "./sync" : "../map/sync";
  let hooked = text
    .replaceAll(/(?<![\w.])store</g, "hookedStore<")
    .replaceAll(CHANGING, "hookedLoad<u32>($1")
    .replaceAll("memory.copy(", "hookedCopy(");
  if (path === "assembly/map/growth.ts") {
    hooked = replaceOnce(hooked, PLACE, `${CHECKED}${PLACE}`, path);
  }
  if (path === "assembly/map/arena.ts") {
    const free = FREE.replace("store<", "hookedStore<");
    hooked = replaceOnce(hooked, free, `${POISONED}${free}`, path);
  }
  if (hooked === text) return text;
  return `${hooked}import { hookedCopy, hookedLoad, hookedStore } from "${source}";\n`;
}

async function assemble(read: (path: string) => string): Promise<Uint8Array> {
  let output: Uint8Array | undefined;
  let complaints = "";
  const fault = "assembly/base/fault";
  const { error } = await asc.main(
    [
      PROGRAM,
      `${fault}.ts`,
      ...["--config", "asconfig.json", "--target", "gateway", "--outFile", "program.wasm"],
      ...["--use", "MAP_HOOKS=1", "--use", `abort=${fault}/onAbort`, "--noColors"],
    ],
    {
      readFile: (name) => {
        try {
          return read(name);
        } catch (failure) {
          if ((failure as NodeJS.ErrnoException).code === "ENOENT") return null;
          throw failure;
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) output = contents as Uint8Array;
      },
      listFiles: () => [],
      stdout: { write: () => true },
      stderr: {
        write: (text) => {
          complaints += text;
          return true;
        },
      },
    },
  );
  if (error !== null || output === undefined) throw new Error(complaints, { cause: error });
  return output;
}
