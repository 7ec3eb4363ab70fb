// How the page is built: one folder of static files, no requests to anywhere but the gateway.
import { join } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  root: join(import.meta.dirname, "client"),
  base: "./",
  logLevel: "warn",
  build: {
    target: "es2022",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
