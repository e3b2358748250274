/**
 * What a running party tells: events as they happen, statistics at a steady pace. Plain data, safe to clone and to print as JSON.
 * Levels are in dBFS (-Infinity is written as null in JSON), times in ms unless the name says otherwise.
 */

/** Kinds are stable words, for logs and scripts. */
export type EventKind =
  | "party started" | "party stopped" | "thread restarted" | "thread failed" | "engine restarted"
  | "new stream" | "named" | "resumed" | "silent" | "left" | "dropped stream" | "stream refused" | "stream reset"
  | "missing" | "late" | "repeated" | "out of order" | "malformed" | "flood"
  | "underrun" | "overrun" | "xrun" | "slip"
  | "device opened" | "device lost" | "device missing"
  | "plugin bypassed" | "plugin restored"
  | "recording started" | "recording stopped" | "recording failed"
  | "trace started" | "trace stopped" | "trace failed" | "trace gap"
  | "source ended" | "source failed" | "set" | "delay changed" | "notice"

export interface PartyEvent {
  /** ms since the party started. */
  readonly timeMs: number
  readonly kind: EventKind
  /** Whom it is about: an address, a strip, a thread, a device, a file. */
  readonly subject: string
  readonly text: string
  readonly data?: Readonly<Record<string, number | string | boolean>>
}

export type StripState = "live" | "silent" | "waiting" | "gone" | "ended" | "failed"

/** Counters of one received stream; never merged. Meanings: RFC 3550 and W3C webrtc-stats. */
export interface StreamCounters {
  readonly received: number
  readonly expected: number
  readonly lost: number
  readonly late: number
  readonly duplicate: number
  readonly reordered: number
  readonly discarded: number
  readonly concealedFrames: number
  readonly concealmentEvents: number
  readonly slips: number
}

/** A delay, and what it would have lost of the last minute's audio, 0..1. */
export interface DelayCurvePoint {
  readonly delayMs: number
  readonly lostShare: number
}

/**
 * The jitter buffer of a strip. From `concealedSamples` on: W3C webrtc-stats' names and meanings, where a sample is a frame and
 * times are in s; counted since the stream began.
 */
export interface JitterReport {
  /** kept: a delay that somebody asked for. */
  readonly policy: "tight" | "steady" | "safe" | "kept"
  /** The strip has a setting of its own and does not follow the party's. */
  readonly own: boolean
  /** Bounds of the delay, as set or as the policy has them. */
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** How long the earliest packets should wait, and how long they do. */
  readonly targetDelayMs: number
  readonly delayMs: number
  /** Audio held ahead of what is played. */
  readonly bufferLevelMs: number
  /** By how much it is played faster (or, when negative, slower) just now. */
  readonly ratePpm: number
  /** Share of the last 10 s that was filled in, 0..1, and in how many gaps. */
  readonly concealedShare: number
  readonly recentGaps: number
  /** What other delays would have lost, where it changes; computed once a second. Empty before the first packet. */
  readonly curve: readonly DelayCurvePoint[]
  readonly concealedSamples: number
  readonly silentConcealedSamples: number
  readonly concealmentEvents: number
  readonly insertedSamplesForDeceleration: number
  readonly removedSamplesForAcceleration: number
  /** Sums over all samples played: what each waited, and what it should have. By the count below they are the mean. */
  readonly jitterBufferDelay: number
  readonly jitterBufferTargetDelay: number
  readonly jitterBufferEmittedCount: number
  /** Too late, or out of reach. */
  readonly packetsDiscarded: number
}

export interface StripStats {
  readonly name: string
  readonly kind: "local" | "peer"
  readonly state: StripState
  readonly gainDb: number
  readonly pan: number
  readonly muted: boolean
  readonly solo: boolean
  readonly peakDb: number
  readonly rmsDb: number
  /** Blocks with a sample at or over full scale, since start. */
  readonly clipped: number
  /** For a peer, and for a local strip that has a jitter buffer. */
  readonly jitter?: JitterReport
  /** By how much the sender's clock is fast. */
  readonly driftPpm?: number
  /** For a peer only. */
  readonly address?: string
  readonly ssrc?: number
  readonly format?: string
  /** Arrival of a frame to its playout, smoothed. */
  readonly playoutDelayMs?: number
  readonly targetDelayMs?: number
  /** Lost or too late, share of the expected packets since the last report, 0..1. */
  readonly lossRatio?: number
  /** RFC 3550 interarrival jitter. */
  readonly jitterMs?: number
  readonly counters?: StreamCounters
  /** Capture at the sender to the mix, median, where the sender's clock is ours. */
  readonly endToEndMs?: number
}

export interface BusStats {
  readonly name: string
  readonly peakDb: number
  readonly rmsDb: number
  readonly clipped: number
}

/** One stage of the path with its share of the latency. */
export interface StageStats {
  readonly stage: "capture" | "packet" | "network" | "jitter" | "mix" | "playback" | "device"
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
}

export interface ThreadStats {
  readonly id: string
  readonly role: string
  readonly state: string
  readonly restarts: number
  /** Share of one core since the last report, 0..1; absent where the platform does not tell. */
  readonly cpu?: number
  readonly collections: number
}

export interface OutputStats {
  readonly name: string
  readonly state: string
  readonly underruns: number
  readonly xruns: number
  readonly deviceLatencyMs?: number
}

export interface RecordingStats {
  readonly path: string
  readonly strip: string
  readonly state: "recording" | "stopped" | "failed"
  readonly seconds: number
}

export interface PartyStats {
  readonly timeMs: number
  readonly party: string
  readonly strips: readonly StripStats[]
  readonly buses: readonly BusStats[]
  readonly master: BusStats
  readonly stages: readonly StageStats[]
  readonly threads: readonly ThreadStats[]
  readonly outputs: readonly OutputStats[]
  readonly recordings: readonly RecordingStats[]
  /** Capture ring to playback ring, all peers. */
  readonly addedLatency: { readonly p50Ms: number; readonly p99Ms: number; readonly worstMs: number }
  readonly network: { readonly packetsSent: number; readonly packetsReceived: number; readonly malformed: number; readonly refused: number }
  readonly cpu: number
  readonly memoryBytes: number
}
