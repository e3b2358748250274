/** What is in a trace, before it is replayed: its header, its streams by their last names, its length. Realtime: no */
import { damaged, type TraceRecord } from "./decode.ts"
import { TraceKind, type TraceHeader, type TraceName } from "./format.ts"
import { readHeader, readName } from "./read-header.ts"

export interface TraceStream {
  readonly slot: number
  readonly ssrc: number
  /** "Ann", or "slot 3" where nobody told. */
  readonly name: string
  readonly address: string
  readonly format: string
}

export interface TraceOverview {
  readonly header: TraceHeader
  readonly streams: readonly TraceStream[]
  /** us on the party clock. */
  readonly fromUs: number
  readonly toUs: number
  /** Rounds of the thread that has most. */
  readonly rounds: number
  /** Ended, not cut off. */
  readonly ended: boolean
  /** Records that found no room while it was made. */
  readonly lost: number
}

/** Streams of a trace, at most. */
const MOST_STREAMS = 10_000

export const streamKey = (slot: number, ssrc: number): number => slot * 2 ** 32 + ssrc
export const slotOfKey = (key: number): number => Math.floor(key / 2 ** 32)

/** Fails  ResourceError: it is none */
export function roundTimeUs({ body, at }: TraceRecord): number {
  const timeUs = body.getFloat64(0, true)
  if (!Number.isFinite(timeUs) || Math.abs(timeUs) > 1e18) throw damaged(at, "a round at no time")
  return timeUs
}

export interface Overview {
  take(record: TraceRecord): void
  /** The header is known. */
  begun(): boolean
  /** Fails  ResourceError: no header */
  end(): TraceOverview
}

export function createOverview(): Overview {
  let header: TraceHeader | undefined
  const seen = new Map<number, { readonly slot: number; readonly ssrc: number }>()
  const names = new Map<number, TraceName>()
  let fromUs = Infinity
  let toUs = -Infinity
  const rounds = new Map<number, number>()
  let ended = false
  let lost = 0

  const meet = (record: TraceRecord, ssrc: number): void => {
    if (seen.size >= MOST_STREAMS) throw damaged(record.at, `more than ${MOST_STREAMS} streams`)
    seen.set(streamKey(record.slot, ssrc), { slot: record.slot, ssrc })
  }

  return {
    take(record) {
      const { body } = record
      if (header === undefined && record.kind !== TraceKind.header) throw damaged(record.at, "no header comes first")
      switch (record.kind) {
        case TraceKind.header: header ??= readHeader(record); return
        case TraceKind.name: {
          const name = readName(record)
          if (names.size < MOST_STREAMS) names.set(streamKey(name.slot, name.ssrc), name)
          return
        }
        case TraceKind.round: {
          const timeUs = roundTimeUs(record)
          fromUs = Math.min(fromUs, timeUs)
          toUs = Math.max(toUs, timeUs)
          rounds.set(record.thread, (rounds.get(record.thread) ?? 0) + 1)
          return
        }
        case TraceKind.state: return meet(record, body.getUint32(4, true))
        case TraceKind.reset: return meet(record, body.getUint32(0, true))
        case TraceKind.gap: lost += body.getUint32(0, true); return
        case TraceKind.end: ended = true
      }
    },
    begun: () => header !== undefined,
    end() {
      if (header === undefined) throw damaged(0, "it ends before its header")
      const streams = [...seen].map(([key, { slot, ssrc }]) => {
        const told = names.get(key)
        return { slot, ssrc, name: told?.name ?? `slot ${slot + 1}`, address: told?.address ?? "", format: told?.format ?? "" }
      })
      const length = fromUs <= toUs ? { fromUs, toUs } : { fromUs: 0, toUs: 0 }
      return { header, streams, ...length, rounds: Math.max(0, ...rounds.values()), ended, lost }
    },
  }
}
