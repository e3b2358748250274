/** A replay for scripts: one object. */
import { JitterStats } from "../../runtime/jitter/jitter-stats.ts"
import type { ReplayRun } from "../../runtime/trace/replay.ts"
import { nameOf, speedOf, type ReplayFacts } from "./replay-text.ts"

const NAMES = Object.keys(JitterStats)

const runJson = ({ figures, rate, curve, stats }: ReplayRun) =>
  ({ ...figures, rateMeanPpm: rate.meanPpm, rateMostPpm: rate.mostPpm, curve, stats: Object.fromEntries(NAMES.map((name, i) => [name, stats[i]])) })

export function replayJson(facts: ReplayFacts): Readonly<Record<string, unknown>> {
  const { overview, result: { streams, pulls, differing, first }, asked, cutBytes, tookMs, wavs } = facts
  const { header, fromUs, toUs, ended, lost } = overview
  return {
    type: "replay", party: header.party, program: header.program, node: header.node, rateHz: header.rateHz, blockFrames: header.blockFrames,
    durationMs: (toUs - fromUs) / 1000, ended, cutBytes, lostRecords: lost, pulls, differing,
    identical: differing === 0 && streams.every(({ foreign }) => !foreign), ...(asked !== undefined && { asked }),
    ...(first !== undefined && { first: { ...first, name: nameOf(overview, first).name, timeMs: (first.timeUs - fromUs) / 1000 } }),
    streams: streams.map((stream) => {
      const { name, address, format } = nameOf(overview, stream)
      return {
        name, address, format, slot: stream.slot, ssrc: stream.ssrc, fromMs: (stream.fromUs - fromUs) / 1000, toMs: (stream.toUs - fromUs) / 1000,
        pulls: stream.pulls, differing: stream.differing, foreign: stream.foreign, received: stream.received, recorded: runJson(stream.run),
        ...(stream.whatIf !== undefined && { whatIf: runJson(stream.whatIf) }),
      }
    }),
    wavs, tookMs, speed: speedOf(facts),
  }
}
