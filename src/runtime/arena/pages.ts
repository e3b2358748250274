/** The statistics pages of a party: their fields, in order. One writer each; the name's end is the unit. */
import { statsFields } from "../ring/stats-page.ts"

/** State of a source or an output, as a number. */
export const EdgeState = { waiting: 0, live: 1, ended: 2, lost: 3, failed: 4 } as const

export const SourceStats = statsFields("state", "blocks", "overruns", "restarts", "peak", "deviceLatencyUs", "xruns")
export const StreamStats = statsFields("packets", "octets", "errors", "ssrc", "skippedBlocks", "roundTripUs", "remoteLoss")
export const PeerStats = statsFields("received", "expected", "lost", "duplicate", "reordered", "discarded", "jitterUs", "lastArrivalUs",
  "format", "roundTripUs", "sameClock")
export const MixerStats = statsFields("blocks", "position", "jitterMisses", "localUnderruns", "localSlips", "skippedBlocks", "freeRunning",
  "renderUs", "tapsFull")
export const OutputStats = statsFields("state", "blocks", "underruns", "dropped", "xruns", "deviceLatencyUs", "leadBlocks")
export const NetStats = statsFields("received", "malformed", "refused", "own", "ringFull", "reports", "badReports", "unknownFormat")
