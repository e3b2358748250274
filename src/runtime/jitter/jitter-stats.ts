/**
 * What a jitter buffer counts, as a page of shared numbers: one writer, read by anyone. Times in us, lengths in frames. What is
 * named in brackets is W3C webrtc-stats' word for the same (theirs are seconds where ours are us).
 */
import { statsFields } from "../ring/stats-page.ts"

export const JitterStats = statsFields(
  /** Pulls so far. */
  "pulls",
  /** Packets taken in, and those whose every frame came too late, had come before, or lay out of reach. */
  "packets", "late", "repeated", "discarded",
  /** Frames that were filled in [concealedSamples], those of them that were silent, and how often that began. */
  "concealedFrames", "silentConcealedFrames", "concealmentEvents",
  /** Frames put in to let the delay grow, and left out to let it shrink [insertedSamplesForDeceleration, removedSamplesForAcceleration]. */
  "insertedFrames", "removedFrames",
  /** Media frames played [jitterBufferEmittedCount]; the sum of their waits, and of the delays that were wanted
   * [jitterBufferDelay, jitterBufferTargetDelay]. */
  "emittedFrames", "emittedDelayUs", "emittedTargetUs",
  /** Jumps of the playhead while playing (but for its finding its place in the first 0.3 s), and jumps of the sender's timeline. */
  "slips", "resets",
  /** Arrival of a frame to its playout, smoothed; media held ahead of the playhead. */
  "playoutDelayUs", "bufferLevelFrames",
  /** How long the earliest packets wait at least: what is wanted, and what is so now. */
  "targetDelayUs", "currentDelayUs",
  /** The sender's clock against ours, positive when it is fast; what the playhead's rate is just now. */
  "driftPpm", "ratePpm",
  /** 1 while audio plays. */
  "playing",
  "channelCount",
)
