// A node as a process, in real time: the firmware as Wasm, its frames over UDP to the gateway.
//
// Arguments: program.wasm, memory size in bytes, source, publisherId, UDP port. Runs until it is
// killed.
import { createSocket } from "node:dgram";
import { LIMIT_ADC_BLOCK_SIZE, STATUS_OK } from "../../host/base/spec.ts";
import { configForSource, encodeNodeConfig, opcDateTime } from "../../host/recording/config.ts";
import { openSource } from "../../host/recording/source.ts";
import { loadNodeModule, WasmNode } from "../../host/sim/wasm-node.ts";

const [wasm, memorySize, sourceName, publisherId, port] = process.argv.slice(2);
const source = openSource(sourceName!);
const config = configForSource(source, {
  publisherId: Number(publisherId),
  epoch: opcDateTime(Date.now()),
});
const socket = createSocket("udp4");
const node = new WasmNode({
  module: loadNodeModule(wasm!),
  memorySizeBytes: Number(memorySize),
  config: encodeNodeConfig(config),
  samples: source.samples,
  onFrame: (frame) => {
    socket.send(Buffer.from(frame), Number(port), "127.0.0.1");
    return STATUS_OK;
  },
});
const startedAtMs = performance.now();
setInterval(() => {
  const dueSeconds = (performance.now() - startedAtMs) / 1000;
  while (node.seconds + LIMIT_ADC_BLOCK_SIZE / node.sampleRateHz <= dueSeconds) node.tick();
}, 20);
