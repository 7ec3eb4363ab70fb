// Before `npm pack`: the page is built, so that who installs the package needs no bundler.
import { ensurePage } from "../host/page/build.ts";

process.stderr.write(`page: ${await ensurePage()}\n`);
