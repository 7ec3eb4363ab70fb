// What goes to the pages over /live, as messages.ts says: snapshots, status, history.
//
// A snapshot is read in place under this worker's pin and copied once, for the sockets. A node goes
// out at most ten times a second and only when its sequence has moved. A client whose socket is
// full is passed over, counted, and gets the newest later: nobody waits for it and nothing piles
// up.
import type { WebSocket } from "ws";
import { SnapshotRegion } from "../base/snapshot.ts";
import type { History } from "./history.ts";
import type { RestoredNode } from "./kept.ts";
import type { GatewayState } from "./state.ts";

/** Between two looks at the shared memory. */
export const TICK_MS = 50;
const SNAPSHOT_INTERVAL_MS = 100;
const STATUS_INTERVAL_MS = 500;
/** Bytes waiting in a client's socket above which it is passed over. */
const BUFFERED_MAX = 1 << 20;
/** This worker's number among the readers of each snapshot region. */
const READER = 0;

interface LiveNode {
  publisherId: number;
  /** Undefined: restored, and nothing newer will come here. */
  region: SnapshotRegion | undefined;
  /** Sequence and time of what was read last; the bytes are a copy for the sockets. */
  sequence: number | undefined;
  readAtMs: number;
  bytes: Buffer | undefined;
}

interface Client {
  socket: WebSocket;
  /** Nodes whose history it has not got yet. */
  historyDue: Set<number>;
  /** Nodes whose newest snapshot it has not got yet. */
  snapshotsDue: Set<LiveNode>;
}

export class Live {
  readonly #state: GatewayState;
  readonly #history: History;
  readonly #nodes: LiveNode[] = [];
  readonly #clients = new Set<Client>();
  /** Last snapshots of nodes that have not been heard since the gateway started. */
  readonly #restored: LiveNode[];
  #statusAtMs = 0;
  /** Messages that were not sent to a client because its socket was full. */
  skipped = 0;

  constructor(state: GatewayState, history: History, restored: RestoredNode[] = []) {
    this.#state = state;
    this.#history = history;
    this.#restored = restored.map(({ publisherId, snapshot }) => ({
      publisherId,
      region: undefined,
      sequence: undefined,
      readAtMs: 0,
      bytes: Buffer.from(snapshot),
    }));
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /**
   * Takes a client in: status at once, then the trends so far and the newest snapshot of each node.
   */
  add(socket: WebSocket): void {
    const client: Client = {
      socket,
      historyDue: new Set(this.#history.publisherIds),
      snapshotsDue: new Set(this.#newest()),
    };
    this.#clients.add(client);
    const remove = () => this.#clients.delete(client);
    socket.on("close", remove);
    socket.on("error", remove);
    socket.on("message", () => {}); // the page sends nothing
    this.#send(client, JSON.stringify(this.#state.status()));
    this.#serve(client);
  }

  /** Looks at the shared memory once and sends what is new; called each TICK_MS. */
  tick(nowMs: number): void {
    this.#history.collect();
    this.#findNodes();
    for (const node of this.#nodes) {
      if (nowMs - node.readAtMs < SNAPSHOT_INTERVAL_MS || !this.#read(node)) continue;
      node.readAtMs = nowMs;
      for (const client of this.#clients) client.snapshotsDue.add(node);
    }
    for (const client of this.#clients) this.#serve(client);
    if (nowMs - this.#statusAtMs < STATUS_INTERVAL_MS) return;
    this.#statusAtMs = nowMs;
    const status = JSON.stringify(this.#state.status());
    for (const client of this.#clients) this.#send(client, status);
  }

  /** One snapshot of each node: its own, or while it has none the restored one. */
  #newest(): LiveNode[] {
    const nodes = this.#nodes.filter((node) => node.bytes);
    const seen = new Set(nodes.map((node) => node.publisherId));
    return [...nodes, ...this.#restored.filter((node) => !seen.has(node.publisherId))];
  }

  #findNodes(): void {
    for (let i = this.#nodes.length; i < this.#state.nodeCount; i++) {
      const { publisherId, region } = this.#state.node(i);
      this.#nodes.push({
        publisherId,
        region: new SnapshotRegion(this.#state.buffer, region, READER),
        sequence: undefined,
        readAtMs: 0,
        bytes: undefined,
      });
    }
  }

  /** Copies the node's snapshot if its sequence has moved; whether it has. */
  #read(node: LiveNode): boolean {
    const isNew = node.region?.read((snapshot) => {
      const sequence = snapshot.sequence;
      if (sequence === node.sequence) return false;
      node.sequence = sequence;
      node.bytes = Buffer.from(snapshot.bytes);
      return true;
    });
    return isNew === true;
  }

  /** History first, then snapshots, while the client's socket takes them. */
  #serve(client: Client): void {
    for (const publisherId of client.historyDue) {
      if (!this.#send(client, JSON.stringify(this.#history.message(publisherId)))) return;
      client.historyDue.delete(publisherId);
    }
    for (const node of client.snapshotsDue) {
      if (!node.bytes || !this.#send(client, node.bytes)) return;
      client.snapshotsDue.delete(node);
    }
  }

  #send(client: Client, message: string | Buffer): boolean {
    if (client.socket.bufferedAmount > BUFFERED_MAX) {
      this.skipped++;
      return false;
    }
    client.socket.send(message, { binary: typeof message !== "string" });
    return true;
  }
}
