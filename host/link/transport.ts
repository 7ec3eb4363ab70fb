// What carries frames to and from the nodes: the one interface of the link, and its clock.
//
//   board ── dgram.ts ──┐
//   switch ── pcap.ts ──┼── Transport ──[ wire.ts: losses from a seed ]── gateway
//   simulated node ─────┘
// A frame is an Ethernet frame without FCS (spec/frame.md). A transport does not look into frames
// beyond that.

/**
 * Receives one frame. The bytes belong to the receiver; receivedAtMs is the clock's time of
 * arrival. Runs on the event loop and must not throw.
 */
export type FrameListener = (frame: Uint8Array, receivedAtMs: number) => void;

/** Counts since open. What the operating system dropped is counted where it tells (else 0). */
export interface TransportCounters {
  received: number;
  receivedBytes: number;
  sent: number;
  sentBytes: number;
  /** Frames to send that the operating system refused. */
  refused: number;
  /**
   * Frames that came and were dropped before anybody could read them: the receive buffer was full.
   */
  dropped: number;
  /**
   * Frames that came longer than FRAME_SIZE_MAX or shorter than an Ethernet header; not handed on.
   */
  badSize: number;
}

export interface Transport {
  /** For people and counters: "udp 127.0.0.1:47000", "pcap eth1". */
  readonly name: string;
  /** True if no real network lies behind it. Pages and logs must say so. */
  readonly isSimulated: boolean;
  /** Starts to receive. Errors: ToolError, by implementation. */
  open(onFrame: FrameListener): Promise<void>;
  /** Resolves when the operating system has taken the frame or refused it (counted). */
  write(frame: Uint8Array): Promise<void>;
  /** After it resolves no frame is delivered any more. May be called twice. */
  close(): Promise<void>;
  counters(): TransportCounters;
}

/** Time and timers, so that the same link runs in virtual time. */
export interface Clock {
  nowMs(): number;
  /** Runs the action once after delayMs; the result takes it back if that is still possible. */
  schedule(action: () => void, delayMs: number): () => void;
}

/**
 * The computer's own clock, milliseconds since 1970 with fractions. Its timers do not keep the
 * process alive.
 */
export const systemClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  schedule(action, delayMs) {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export function zeroCounters(): TransportCounters {
  return {
    received: 0,
    receivedBytes: 0,
    sent: 0,
    sentBytes: 0,
    refused: 0,
    dropped: 0,
    badSize: 0,
  };
}
