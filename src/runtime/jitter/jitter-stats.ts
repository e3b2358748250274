/** What a jitter buffer counts, as a page of shared numbers: one writer, read by anyone. Times in us, lengths in frames. */
import { statsFields } from "../ring/stats-page.ts"

export const JitterStats = statsFields(
  /** Pulls so far. */
  "pulls",
  /** Packets taken in, and those whose every frame came too late, had come before, or lay out of reach. */
  "packets", "late", "repeated", "discarded",
  /** Frames missing where the playhead was, and how often that began. */
  "concealedFrames", "concealmentEvents",
  /** Jumps of the playhead while playing (but for its finding its place in the first 0.3 s), and jumps of the sender's timeline. */
  "slips", "resets",
  /** Arrival of a frame to its playout, smoothed; what was asked for; media held ahead of the playhead. */
  "playoutDelayUs", "targetDelayUs", "bufferLevelFrames",
  /** 1 while audio plays. */
  "playing",
  "channelCount",
)
