/** What the JSON records of a trace say; believed only where it fits. Realtime: no */
import { ResourceError } from "../errors.ts"
import { damaged, type TraceRecord } from "./decode.ts"
import { MOST_SLOTS, MOST_THREADS, TRACE_FORMAT, type TraceHeader, type TraceName } from "./format.ts"

const parse = (record: TraceRecord): Readonly<Record<string, unknown>> => {
  const { buffer, byteOffset, byteLength } = record.body
  try {
    // A copy: some decoders refuse shared memory.
    const value: unknown = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, byteOffset, byteLength).slice()))
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw damaged(record.at, "a text that cannot be read")
}

const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= 256 && value.every((name) => typeof name === "string")

/** Each slot once. */
const isThreads = (value: unknown): value is readonly (readonly number[])[] => {
  if (!Array.isArray(value) || value.length > MOST_THREADS || !value.every((slots) => Array.isArray(slots))) return false
  const slots = (value as readonly (readonly unknown[])[]).flat()
  return new Set(slots).size === slots.length && slots.every((slot) => isWhole(slot, 0, MOST_SLOTS - 1))
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

/** Fails  ResourceError: of a newer format, or damaged */
export function readHeader(record: TraceRecord): TraceHeader {
  const given = parse(record)
  const { format, rateHz, blockFrames, threads, wallOffsetUs, jitterStats, peerStats, lastMs } = given
  const program = textOf(given["program"])
  if (isWhole(format, TRACE_FORMAT + 1, 1e6)) {
    const found = `the trace has format ${format}, of wifi-party ${program}`
    throw new ResourceError(`${found}; this one reads format ${TRACE_FORMAT}`, "Use that version, or a newer one.")
  }
  if (format !== TRACE_FORMAT || !isWhole(rateHz, 8000, 384_000) || !isWhole(blockFrames, 1, 8192) || !isThreads(threads)
    || !isNames(jitterStats) || !isNames(peerStats) || typeof wallOffsetUs !== "number") {
    throw damaged(record.at, "a header without what belongs to it")
  }
  return {
    format, program, node: textOf(given["node"]), v8: textOf(given["v8"]), party: textOf(given["party"]), rateHz, blockFrames, threads,
    wallOffsetUs, jitterStats, peerStats, ...(typeof lastMs === "number" && { lastMs }),
  }
}

export function readName(record: TraceRecord): TraceName {
  const given = parse(record)
  const { slot, ssrc } = given
  if (!isWhole(slot, 0, MOST_SLOTS - 1) || !isWhole(ssrc, 0, 0xffff_ffff)) throw damaged(record.at, "a name of nobody")
  return { slot, ssrc, name: textOf(given["name"]), address: textOf(given["address"]), format: textOf(given["format"]) }
}
