// Before `npm pack`: page and map are built, so that who installs the package needs no bundler.
import { packMap } from "../host/map/pack.ts";
import { ensurePage } from "../host/page/build.ts";

process.stderr.write(`page: ${await ensurePage()}\n`);
process.stderr.write(`map: ${await packMap()}\n`);
