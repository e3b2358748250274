/** Reports of an imaginary party, for tests of what is shown. */
import type { JitterReport, PartyEvent, PartyStats, StripStats } from "../../../src/runtime/report.ts"

export const jitter = (change: Partial<JitterReport> = {}): JitterReport => ({
  policy: "steady", own: false, minDelayMs: 0, maxDelayMs: 120, targetDelayMs: 8, delayMs: 8.2, bufferLevelMs: 9, ratePpm: 0,
  concealedShare: 0, recentGaps: 0,
  curve: [{ delayMs: 0, lostShare: 0.3 }, { delayMs: 4, lostShare: 0.06 }, { delayMs: 8, lostShare: 0.021 }, { delayMs: 15, lostShare: 0.003 },
    { delayMs: 30, lostShare: 0 }, { delayMs: 60, lostShare: 0 }],
  concealedSamples: 0, silentConcealedSamples: 0, concealmentEvents: 0, insertedSamplesForDeceleration: 0, removedSamplesForAcceleration: 0,
  jitterBufferDelay: 1, jitterBufferTargetDelay: 1, jitterBufferEmittedCount: 48_000, packetsDiscarded: 0,
  ...change,
})

export const strip = (name: string, change: Partial<StripStats> = {}): StripStats => ({
  name, kind: "peer", state: "live", gainDb: 0, pan: 0, muted: false, solo: false, peakDb: -12.3, rmsDb: -20, clipped: 0,
  address: "192.168.1.20:40000", ssrc: 1, format: "L16/48000/1", playoutDelayMs: 10.2, targetDelayMs: 10, lossRatio: 0, jitterMs: 0.21,
  driftPpm: 3.1, endToEndMs: 14.2, jitter: jitter(),
  counters: { received: 1, expected: 1, lost: 0, late: 0, duplicate: 0, reordered: 0, discarded: 0, concealedFrames: 0, concealmentEvents: 0, slips: 0 },
  ...change,
})

export const localStrip = (name: string, change: Partial<StripStats> = {}): StripStats => ({
  name, kind: "local", state: "live", gainDb: 0, pan: 0, muted: false, solo: false, peakDb: -30, rmsDb: -40, clipped: 0, ...change,
})

export const stats = (change: Partial<PartyStats> = {}): PartyStats => ({
  timeMs: 192_000,
  party: "Friday KTV",
  strips: [localStrip("Song"), strip("Ann", { gainDb: -3, pan: -0.3 }), strip("Ben", { peakDb: -2, lossRatio: 0.034, muted: true })],
  buses: [{ name: "hall", peakDb: -24, rmsDb: -30, clipped: 0 }],
  master: { name: "master", peakDb: -4.2, rmsDb: -12, clipped: 3 },
  stages: (["capture", "packet", "network", "jitter", "mix", "playback", "device"] as const).map((stage) => ({ stage, p50Ms: 2.67, p99Ms: 2.9, worstMs: 4 })),
  threads: ["capture", "sender", "receiver", "jitter 1", "mixer", "playback"].map((id) =>
    ({ id, role: id, state: "running", restarts: id === "mixer" ? 2 : 0, collections: 0 })),
  outputs: [{ name: "default", state: "playing", underruns: 0, xruns: 0, deviceLatencyMs: 6.1 }],
  recordings: [{ path: "recordings/Friday KTV - master.wav", strip: "master", state: "recording", seconds: 191 }],
  addedLatency: { p50Ms: 5.1, p99Ms: 6.2, worstMs: 9 },
  network: { packetsSent: 72_000, packetsReceived: 143_000, malformed: 0, refused: 0 },
  cpu: 0.14,
  memoryBytes: 118 * 1024 * 1024,
  ...change,
})

export const event = (change: Partial<PartyEvent> = {}): PartyEvent =>
  ({ timeMs: 3120, kind: "new stream", subject: "192.168.1.20:40000", text: "Ann, L16 mono", ...change })
