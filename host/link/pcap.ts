// A real network interface through libpcap (npm `cap`, optional and loaded on open).
//
// The kernel filters for EtherType 0xB62C with and without 802.1Q tag. Linux takes the tag off
// every received frame and keeps it beside the bytes; libpcap puts it back in place, and `vlan` in
// its filters asks for it in both places. What this socket sends does not come back on it (Linux:
// dev_queue_xmit_nit). The filter must not say `inbound`: libpcap itself filters the first frame
// after open, cannot tell its direction and would drop it.
import { createRequire } from "node:module";
import { assert, messageOf, ToolError } from "../base/error.ts";
import {
  ETHERNET_VALUE_FRAME_SIZE_MIN,
  ETHERNET_VALUE_TYPE,
  ETHERNET_VALUE_UNTAGGED_SIZE,
  LIMIT_FRAME_SIZE_MAX,
} from "../base/spec.ts";
import {
  type Clock,
  type FrameListener,
  systemClock,
  type Transport,
  type TransportCounters,
  zeroCounters,
} from "./transport.ts";

const TYPE = `0x${ETHERNET_VALUE_TYPE.toString(16)}`;
// `vlan` moves the place of the EtherType for all that follows it, so it comes last.
const FILTER = `ether proto ${TYPE} or (vlan and ether proto ${TYPE})`;

/** The kernel's ring: some 10,000 frames, a second of the fastest plant network we know of. */
const RING_SIZE = 16 * 1024 * 1024;

/** One captured packet; above every frame the kernel may hand over, offloads included. */
const PACKET_SIZE_MAX = 65536;

const INSTALL = "apt-get install libpcap-dev && npm install cap";

/** What this file uses of npm `cap` 0.2, which has no types. */
interface Capture {
  open(device: string, filter: string, ringSize: number, packet: Buffer): string;
  setMinBytes?(bytes: number): void;
  on(event: "packet", listener: (size: number, isTruncated: boolean) => void): void;
  send(frame: Buffer, size: number): void;
  close(): void;
}

interface CapModule {
  Cap: { new (): Capture; deviceList(): { name: string }[] };
}

export interface PcapOptions {
  /** Name of the interface, as `ip link` shows it. */
  device: string;
  clock?: Clock;
}

export class PcapTransport implements Transport {
  readonly isSimulated = false;
  readonly name: string;
  readonly #device: string;
  readonly #clock: Clock;
  readonly #counters = zeroCounters();
  readonly #packet = Buffer.alloc(PACKET_SIZE_MAX);
  #capture: Capture | undefined;

  constructor(options: PcapOptions) {
    this.#device = options.device;
    this.#clock = options.clock ?? systemClock;
    this.name = `pcap ${options.device}`;
  }

  /**
   * Errors: MISSING_TOOL (no npm cap or no libpcap), NO_PERMISSION (not root and no CAP_NET_RAW),
   * MISSING_INPUT (no such interface), BAD_INPUT (it is not Ethernet, or it is down).
   */
  async open(onFrame: FrameListener): Promise<void> {
    assert(!this.#capture, `${this.name} is opened once`);
    const { Cap } = loadCap();
    const capture = new Cap();
    let linkType: string;
    try {
      linkType = capture.open(this.#device, FILTER, RING_SIZE, this.#packet);
    } catch (error) {
      throw openError(this.#device, error, Cap);
    }
    if (linkType !== "ETHERNET") {
      capture.close();
      throw new ToolError(
        "BAD_INPUT",
        `link: ${this.#device} has link type ${linkType}; an Ethernet interface is needed`,
      );
    }
    capture.setMinBytes?.(0);
    this.#capture = capture;
    capture.on("packet", (size, isTruncated) => this.#receive(size, isTruncated, onFrame));
  }

  /**
   * Sends now: pcap_sendpacket does not wait. Frames below the Ethernet minimum are filled with
   * zeros.
   */
  async write(frame: Uint8Array): Promise<void> {
    try {
      assert(this.#capture, `${this.name} is open`);
      const bytes = Buffer.alloc(Math.max(frame.length, ETHERNET_VALUE_FRAME_SIZE_MIN));
      bytes.set(frame);
      this.#capture.send(bytes, bytes.length);
      this.#counters.sent++;
      this.#counters.sentBytes += bytes.length;
    } catch {
      this.#counters.refused++;
    }
  }

  async close(): Promise<void> {
    this.#capture?.close();
    this.#capture = undefined;
  }

  /** `dropped` stays 0: npm cap does not hand out libpcap's statistics. */
  counters(): TransportCounters {
    return { ...this.#counters };
  }

  #receive(size: number, isTruncated: boolean, onFrame: FrameListener): void {
    if (!this.#capture) return;
    if (isTruncated || size < ETHERNET_VALUE_UNTAGGED_SIZE || size > LIMIT_FRAME_SIZE_MAX) {
      this.#counters.badSize++;
      return;
    }
    this.#counters.received++;
    this.#counters.receivedBytes += size;
    // The packet buffer is written again for the next one.
    onFrame(new Uint8Array(this.#packet.subarray(0, size)), this.#clock.nowMs());
  }
}

function loadCap(): CapModule {
  try {
    return createRequire(import.meta.url)("cap") as CapModule;
  } catch (error) {
    throw new ToolError(
      "MISSING_TOOL",
      `link: npm package cap cannot be loaded (${firstLine(messageOf(error))}); run: ${INSTALL}`,
      { cause: error },
    );
  }
}

/** What libpcap said, in our words. */
function openError(device: string, cause: unknown, Cap: CapModule["Cap"]): ToolError {
  const said = firstLine(messageOf(cause));
  if (/permission|permitted|CAP_NET/i.test(said)) {
    const grant = `setcap cap_net_raw+ep ${process.execPath}`;
    return new ToolError(
      "NO_PERMISSION",
      `link: capturing on ${device} is not permitted (${said}); run as root or: ${grant}`,
      { cause },
    );
  }
  if (/no such device|doesn't exist/i.test(said)) {
    const names = Cap.deviceList().map((item) => item.name);
    return new ToolError(
      "MISSING_INPUT",
      `link: there is no network interface ${device}; there are: ${names.join(", ")}`,
      { cause },
    );
  }
  return new ToolError("BAD_INPUT", `link: cannot capture on ${device}: ${said}`, { cause });
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
