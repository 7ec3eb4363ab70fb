#!/usr/bin/env node
// Entry of the `latch` command: TypeScript through tsx, in a checkout as from node_modules.
import { register } from "tsx/esm/api";

register();
await import("./main.ts");
