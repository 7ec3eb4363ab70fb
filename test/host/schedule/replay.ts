// One schedule of one program again, as a failed test named it in LATCH_SCHEDULE.
import { compileHooked } from "./build.ts";
import { Coroutines } from "./coroutines.ts";
import { playText } from "./explore.ts";
import { programNamed } from "./programs.ts";
import { World } from "./world.ts";

const text = process.env["LATCH_SCHEDULE"] ?? "";
const colon = text.lastIndexOf(": ");
if (colon < 0) throw new Error('LATCH_SCHEDULE is "program: schedule"');
const { coroutine } = await compileHooked();
const world = new World(new WebAssembly.Module(coroutine as BufferSource));
playText(new Coroutines(world, programNamed(text.slice(0, colon))), text.slice(colon + 2));
process.stdout.write("this schedule has an order, and leaves nothing behind\n");
