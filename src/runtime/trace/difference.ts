/** Holds a pull of a replay against what was recorded. Realtime: no */
import { SEGMENT_NUMBERS } from "../jitter/segment-report.ts"
import { damaged, type TraceRecord } from "./decode.ts"
import { BodyBytes } from "./format.ts"
import type { Lane } from "./lane.ts"

export interface Difference {
  readonly slot: number
  readonly ssrc: number
  readonly timeUs: number
  /** Number of the pull, from 1. */
  readonly pull: number
  readonly what: "flags" | "segments" | "samples" | "figures"
  readonly recorded: string
  readonly replayed: string
}

const NAMES = ["play", "conceal", "hold", "cut", "jump", "silence"]

/** "play 128 of 128 from 4711, conceal ..." */
const segmentsText = (count: number, number: (index: number) => number): string =>
  Array.from({ length: count }, (_, i) => {
    const [kind = 0, from = 0, media = 0, output = 0] = [0, 1, 2, 3].map((field) => number(i * SEGMENT_NUMBERS + field))
    return `${NAMES[kind] ?? kind} ${output} from ${from}${media === output ? "" : ` (${media} of media)`}`
  }).join(", ")

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0")

export type FoundDifference = Pick<Difference, "what" | "recorded" | "replayed">

/**
 * undefined: it did the same.
 * Fails  ResourceError: the record is damaged
 */
export function differenceOf({ body, at }: TraceRecord, { last, report }: Lane): FoundDifference | undefined {
  const [flags, sampleHash, statsHash, count] = [body.getInt32(0, true), body.getInt32(4, true), body.getInt32(8, true), body.getInt32(16, true)]
  if (count < 0 || BodyBytes.pull + count * BodyBytes.segment > body.byteLength) throw damaged(at, "a pull with fewer segments than it says")
  const recorded = (index: number): number => body.getFloat64(BodyBytes.pull + index * 8, true)
  const replayed = (index: number): number => report[1 + index] as number
  if (flags !== last.flags) return { what: "flags", recorded: String(flags), replayed: String(last.flags) }
  let same = count === report[0]
  for (let i = 0; same && i < count * SEGMENT_NUMBERS; i++) same = recorded(i) === replayed(i)
  if (!same) return { what: "segments", recorded: segmentsText(count, recorded), replayed: segmentsText(report[0] as number, replayed) }
  if (sampleHash !== last.sampleHash) return { what: "samples", recorded: hex(sampleHash), replayed: hex(last.sampleHash) }
  if (statsHash !== last.statsHash) return { what: "figures", recorded: hex(statsHash), replayed: hex(last.statsHash) }
  return undefined
}
