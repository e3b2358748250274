/**
 * Runs the buffers of a trace again: the same packets at the same times, the same pulls, with the predictor's budget as it was. Each
 * pull is held against what was recorded. With another policy or delay a second buffer runs beside the first.
 *
 * Thread: any      Realtime: no
 */
import { ARENA_BASE_BYTES, instantiateDsp, MAX_PAGES, MIN_PAGES, PAGE_BYTES } from "../dsp/dsp.ts"
import { ResourceError } from "../errors.ts"
import type { DelayCurvePoint } from "../jitter/delay-curve.ts"
import { JitterStats } from "../jitter/jitter-stats.ts"
import type { PayloadLayout } from "../jitter/sample-store.ts"
import { damaged, type TraceRecord } from "./decode.ts"
import { differenceOf, type Difference } from "./difference.ts"
import { figuresBetween, type TraceFigures } from "./figures.ts"
import { ALL_THREADS, BodyBytes, TraceKind, type TraceHeader } from "./format.ts"
import { createLane, laneBytes, type Lane, type WhatIf } from "./lane.ts"
import { roundTimeUs, slotOfKey, streamKey } from "./overview.ts"
import { createStateReader, type StateReader } from "./read-state.ts"

/** A block as it was rendered: by the what-if where there is one. */
export interface ReplayedBlock {
  readonly slot: number
  readonly ssrc: number
  /** Frame of its first frame since the trace's first round. */
  readonly position: number
  readonly timeUs: number
  /** Valid until the call returns. */
  readonly channels: readonly Float32Array[]
  readonly flags: number
}

export interface ReplayOptions {
  readonly dspModule: WebAssembly.Module
  readonly header: TraceHeader
  readonly whatIf?: WhatIf
  /** Streams by streamKey; default all. */
  readonly only?: ReadonlySet<number>
  readonly onBlock?: (block: ReplayedBlock) => void
}

/** One run of a stream's buffer. */
export interface ReplayRun {
  readonly figures: TraceFigures
  readonly rate: { readonly meanPpm: number; readonly mostPpm: number }
  readonly curve: readonly DelayCurvePoint[]
  /** The whole page, as it was at the end. */
  readonly stats: Float64Array
}

export interface ReplayedStream {
  readonly slot: number
  readonly ssrc: number
  readonly fromUs: number
  readonly toUs: number
  readonly pulls: number
  /** Pulls that did not do what was recorded. */
  readonly differing: number
  /** It began with a state of another shape of the buffer, in whose place an empty one ran: it is not compared. */
  readonly foreign: boolean
  readonly run: ReplayRun
  readonly whatIf?: ReplayRun
  /** The receiver's figures, as recorded last: of the stream so far. */
  readonly received: Readonly<Record<string, number>>
}

export interface ReplayResult {
  readonly streams: readonly ReplayedStream[]
  readonly pulls: number
  readonly differing: number
  readonly first?: Difference
}

export interface Replay {
  /** Fails  ResourceError: the trace is damaged here */
  take(record: TraceRecord): void
  end(): ReplayResult
}

/** A stream as it is being replayed, from a state on. */
interface Stay {
  readonly ssrc: number
  readonly fromUs: number
  readonly from: Float64Array
  readonly whatIfFrom: Float64Array | undefined
  toUs: number
  pulls: number
  differing: number
  foreign: boolean
  received: Readonly<Record<string, number>>
}

interface Seat {
  readonly lane: Lane
  readonly whatIf: Lane | undefined
  /** Its state is known. */
  known: boolean
  stay: Stay | undefined
}

const makeMemory = (bytes: number): WebAssembly.Memory => {
  const pages = Math.max(MIN_PAGES, Math.ceil((ARENA_BASE_BYTES + bytes) / PAGE_BYTES))
  if (pages > MAX_PAGES) throw new ResourceError("the trace has more slots than there is memory for", "Replay it without another policy.")
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}

export function createReplay({ dspModule, header, whatIf, only, onBlock }: ReplayOptions): Replay {
  const { rateHz, blockFrames } = header
  const slots = header.threads.flat()
  const threadOf = new Map(header.threads.flatMap((list, thread) => list.map((slot) => [slot, thread] as const)))
  const bytes = (laneBytes(rateHz, blockFrames) + 63) & ~63
  const lanes = whatIf === undefined ? 1 : 2
  const memory = makeMemory(slots.length * lanes * bytes)
  const dsp = instantiateDsp(dspModule, memory)
  const seats = new Map<number, Seat>()
  const states = new Map<number, StateReader>()
  const times = new Map<number, { timeUs: number; round: number }>()
  const done: ReplayedStream[] = []
  const sameFigures = header.jitterStats.join() === Object.keys(JitterStats).join()
  let firstRound: number | undefined
  let first: Difference | undefined

  const seatOf = (slot: number): Seat => {
    const found = seats.get(slot)
    if (found !== undefined) return found
    const at = ARENA_BASE_BYTES + slots.indexOf(slot) * lanes * bytes
    const made: Seat = {
      lane: createLane({ dsp, memory, at, rateHz, blockFrames }),
      whatIf: whatIf === undefined ? undefined : createLane({ dsp, memory, at: at + bytes, rateHz, blockFrames, whatIf }),
      known: false, stay: undefined,
    }
    seats.set(slot, made)
    return made
  }
  const wanted = (slot: number, ssrc: number): boolean => only === undefined || only.has(streamKey(slot, ssrc))
  const wantedSlots = only === undefined ? undefined : new Set([...only].map(slotOfKey))

  const runOf = (lane: Lane, from: Float64Array): ReplayRun => ({
    figures: figuresBetween(from, lane.stats, blockFrames), rate: lane.rateDeviation(), curve: lane.curve(), stats: lane.stats.slice(),
  })

  const endStay = (slot: number, seat: Seat): void => {
    const { stay, lane } = seat
    seat.stay = undefined
    if (stay === undefined || stay.pulls === 0 || !wanted(slot, stay.ssrc)) return
    const { whatIfFrom, from, ...kept } = stay
    done.push({
      slot, ...kept, run: runOf(lane, from),
      ...(seat.whatIf !== undefined && whatIfFrom !== undefined && { whatIf: runOf(seat.whatIf, whatIfFrom) }),
    })
  }

  const beginStay = (seat: Seat, ssrc: number, timeUs: number, foreign: boolean): void => {
    for (const lane of [seat.lane, seat.whatIf]) lane?.begin()
    seat.stay = {
      ssrc, fromUs: timeUs, toUs: timeUs, pulls: 0, differing: 0, foreign: foreign || !sameFigures, received: {},
      from: seat.lane.stats.slice(), whatIfFrom: seat.whatIf?.stats.slice(),
    }
  }

  const loadState = (record: TraceRecord, seat: Seat, timeUs: number): void => {
    const reader = states.get(record.slot)
    states.delete(record.slot)
    const state = reader?.end(record)
    // Where it is known it has got there by itself.
    if (state === undefined || seat.known) return
    endStay(record.slot, seat)
    const fits = seat.lane.load(state.bytes)
    seat.whatIf?.load(state.bytes)
    seat.known = true
    beginStay(seat, state.ssrc, timeUs, !fits)
  }

  const insert = ({ body, at }: TraceRecord, seat: Seat): void => {
    const frameCount = body.getInt32(28, true)
    const payloadBytes = body.getInt32(32, true)
    const bytesPerSample = body.getUint8(36)
    const channelCount = body.getUint8(37)
    if ((bytesPerSample !== 2 && bytesPerSample !== 3) || (channelCount !== 1 && channelCount !== 2) || frameCount < 1
      || frameCount * bytesPerSample * channelCount > payloadBytes || payloadBytes > body.byteLength - BodyBytes.packet) {
      throw damaged(at, "a packet that cannot be")
    }
    const layout: PayloadLayout = { bytesPerSample, channelCount }
    const payload = new Uint8Array(body.buffer, body.byteOffset + BodyBytes.packet, frameCount * bytesPerSample * channelCount)
    const [arrivalUs, captureUs, timestamp] = [body.getFloat64(0, true), body.getFloat64(16, true), body.getInt32(24, true)]
    for (const lane of [seat.lane, seat.whatIf]) lane?.insert(arrivalUs, captureUs, timestamp, frameCount, payload, layout)
  }

  const pull = (record: TraceRecord, seat: Seat, stay: Stay, { timeUs, round }: { timeUs: number; round: number }): void => {
    const budget = record.body.getInt32(12, true)
    seat.lane.pull(timeUs, budget)
    seat.whatIf?.pull(timeUs, budget)
    stay.pulls++
    stay.toUs = timeUs
    if (!stay.foreign) {
      const difference = differenceOf(record, seat.lane)
      if (difference !== undefined) {
        stay.differing++
        first ??= { ...difference, slot: record.slot, ssrc: stay.ssrc, timeUs, pull: stay.pulls }
      }
    }
    if (onBlock === undefined || !wanted(record.slot, stay.ssrc)) return
    const shown = seat.whatIf ?? seat.lane
    onBlock({
      slot: record.slot, ssrc: stay.ssrc, timeUs, position: ((round - (firstRound ?? round)) | 0) * blockFrames,
      channels: shown.channels(), flags: shown.last.flags,
    })
  }

  const skip = ({ body, at }: TraceRecord, seat: Seat): void => {
    const count = body.getInt32(0, true)
    if (count < 1) throw damaged(at, `${count} pulls that never came`)
    for (const lane of [seat.lane, seat.whatIf]) lane?.skip(count)
  }

  /** The same stream that began anew, or another one in its place. */
  const reset = ({ slot, body }: TraceRecord, seat: Seat, { ssrc: before, foreign }: Stay, timeUs: number): void => {
    const ssrc = body.getUint32(0, true)
    if (ssrc !== before) endStay(slot, seat)
    for (const lane of [seat.lane, seat.whatIf]) lane?.reset()
    if (ssrc !== before) beginStay(seat, ssrc, timeUs, foreign)
  }

  const noteStats = ({ body, at }: TraceRecord, stay: Stay): void => {
    const begin = header.jitterStats.length * 8
    if (body.byteLength < begin + header.peerStats.length * 8) throw damaged(at, "too few figures")
    stay.received = Object.fromEntries(header.peerStats.map((name, i) => [name, body.getFloat64(begin + i * 8, true)]))
  }

  const forget = (thread: number): void => {
    for (const [slot, seat] of seats) if (thread === ALL_THREADS || threadOf.get(slot) === thread) seat.known = false
    for (const slot of states.keys()) if (thread === ALL_THREADS || threadOf.get(slot) === thread) states.delete(slot)
  }

  /** What concerns one slot. */
  const takeOfSlot = (record: TraceRecord): void => {
    const { kind, body, slot } = record
    const now = times.get(record.thread)
    if (threadOf.get(slot) !== record.thread || now === undefined) throw damaged(record.at, `slot ${slot} is not of thread ${record.thread}`)
    if (wantedSlots?.has(slot) === false) return
    if (kind === TraceKind.state) return void states.set(slot, createStateReader(record))
    if (kind === TraceKind.chunk) return states.get(slot)?.chunk(record)
    const seat = seatOf(slot)
    if (kind === TraceKind.stateEnd) return loadState(record, seat, now.timeUs)
    if (!seat.known || seat.stay === undefined) return
    switch (kind) {
      case TraceKind.reset: return reset(record, seat, seat.stay, now.timeUs)
      case TraceKind.wish: return seat.lane.wish([0, 8, 16].map((at) => body.getFloat64(at, true)))
      case TraceKind.packet: return insert(record, seat)
      case TraceKind.pull: return pull(record, seat, seat.stay, now)
      case TraceKind.skip: return skip(record, seat)
      case TraceKind.stats: return noteStats(record, seat.stay)
    }
  }

  return {
    take(record) {
      const { kind, body, thread } = record
      if (kind === TraceKind.gap) forget(thread)
      else if (kind === TraceKind.round) {
        const round = body.getInt32(8, true)
        firstRound ??= round
        times.set(thread, { timeUs: roundTimeUs(record), round })
      } else if (kind >= TraceKind.reset && kind <= TraceKind.stateEnd) takeOfSlot(record)
    },
    end() {
      for (const [slot, seat] of seats) endStay(slot, seat)
      const streams = done.toSorted((a, b) => a.fromUs - b.fromUs || a.slot - b.slot)
      const sum = (of: (stream: ReplayedStream) => number): number => streams.reduce((total, stream) => total + of(stream), 0)
      return { streams, pulls: sum(({ pulls }) => pulls), differing: sum(({ differing }) => differing), ...(first !== undefined && { first }) }
    },
  }
}
