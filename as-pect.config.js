// Runs the core's specs (test/core/**/*.spec.ts) in as-pect on assemblyscript 0.28.
//
//   npx asp --config as-pect.config.js --as-config as-pect.asconfig.json --no-logo --summary
//
// as-pect's own library needs a runtime with a garbage collector; the core in the same module
// allocates nothing. The totals are in the last "[Tests]: N / M" line; the exit code is 1 if one
// failed or a spec does not compile.
export default {
  entries: ["test/core/**/*.spec.ts"],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    const port = {
      fault(kind, _file, line, column) {
        throw new Error(`core fault ${kind} at line ${line}:${column}`);
      },
    };
    return instantiate(binary, createImports({ env: { memory }, port }));
  },
  outputBinary: false,
};
