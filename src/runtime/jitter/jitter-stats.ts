/** What a jitter buffer counts, as a page of shared numbers: one writer, read by anyone. Times in us, lengths in frames. */
import { statsFields } from "../ring/stats-page.ts"

export const JitterStats = statsFields(
  /** Pulls so far. */
  "pulls",
  /** Packets taken in, and those whose every frame came too late, had come before, or lay out of reach. */
  "packets", "late", "repeated", "discarded",
  /** Frames invented, and how often that began. */
  "concealedFrames", "concealmentEvents",
  /** Jumps of the playhead while playing, and restarts of the timeline. */
  "slips", "resets",
  /** Arrival of a frame to its playout, smoothed; what was asked for; media held ahead of the playhead. */
  "playoutDelayUs", "targetDelayUs", "bufferLevelFrames",
  /** 1 while audio plays. */
  "playing",
  "channelCount",
)
