#!/usr/bin/env node
// Entry of the `latch` command: TypeScript runs through tsx, in a checkout and from node_modules alike.
import { register } from "tsx/esm/api";

register();
await import("./main.ts");
