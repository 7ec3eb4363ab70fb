// The --link and --wire options: which transport, and what the emulated wire does to its frames.
import { InvalidArgumentError } from "commander";
import { DgramTransport } from "../link/dgram.ts";
import { PcapTransport } from "../link/pcap.ts";
import type { Transport } from "../link/transport.ts";
import { WiredTransport, type WireOptions } from "../link/wire.ts";
import { parsePort, parseWhole } from "./words.ts";

export interface LinkChoice {
  kind: "udp" | "pcap";
  /** UDP port, or the name of the network interface. */
  place: string;
}

/** `udp:47000` or `pcap:eth1`. */
export function parseLink(text: string): LinkChoice {
  const match = /^(udp|pcap):(.+)$/.exec(text);
  if (!match) throw new InvalidArgumentError('expected "udp:PORT" or "pcap:INTERFACE".');
  const kind = match[1] as LinkChoice["kind"];
  const place = match[2] as string;
  if (kind === "udp") parsePort(place);
  return { kind, place };
}

const RATES: Readonly<
  Record<string, "lossRate" | "duplicateRate" | "corruptRate" | "reorderRate">
> = {
  loss: "lossRate",
  duplicate: "duplicateRate",
  corrupt: "corruptRate",
  reorder: "reorderRate",
};

/** `loss=0.05,duplicate=0.05,corrupt=0.01,reorder=0.02,seed=7`; what is not named is 0. */
export function parseWire(text: string): WireOptions {
  const options: WireOptions = { seed: 1 };
  for (const part of text.split(",")) {
    const [, name = "", value = ""] = /^(\w+)=([0-9a-z.+-]+)$/.exec(part) ?? [];
    const rate = Object.hasOwn(RATES, name) ? RATES[name] : undefined;
    if (name === "seed" && parseWhole(value) <= 0xffffffff) {
      options.seed = parseWhole(value);
    } else if (rate && Number(value) >= 0 && Number(value) <= 1) {
      options[rate] = Number(value);
    } else {
      const names = Object.keys(RATES).join(", ");
      throw new InvalidArgumentError(
        `"${part}": expected ${names} with a rate from 0 to 1, or seed=NUMBER.`,
      );
    }
  }
  return options;
}

/**
 * The text itself, once it is sure that parseWire understands it: for a gateway in a process of its
 * own.
 */
export function checkWire(text: string): string {
  parseWire(text);
  return text;
}

/** The transport, with the emulated wire before it if one was asked for. */
export function openLink(link: LinkChoice, wire: WireOptions | undefined): Transport {
  const transport =
    link.kind === "udp"
      ? new DgramTransport({ port: Number(link.place) })
      : new PcapTransport({ device: link.place });
  return wire ? new WiredTransport(transport, wire) : transport;
}
