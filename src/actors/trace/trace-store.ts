/**
 * Where the records of the jitter threads go: into one file, or into parts of which the oldest are dropped. What it holds can be read
 * whenever its thread, or the process, dies.
 *
 * A part is a trace of its own: it begins with the header and who is there, and in it each slot's state comes again. Threads reach a new
 * part one after the other, each with its own segment record.
 *
 * Thread: trace      Realtime: no; may block on the disk
 */
import { nodeDisk, type Disk } from "../../runtime/io/disk.ts"
import { cutFile, joinParts, listParts, partPath, readTraceFile, removePart } from "../../runtime/io/trace-files.ts"
import { RECORD_HEAD_BYTES } from "../../runtime/ring/record-ring.ts"
import { createTraceDecoder } from "../../runtime/trace/decode.ts"
import { encodeEnd, encodeGap, encodeHeader, encodeName } from "../../runtime/trace/encode.ts"
import { ALL_THREADS, TraceKind, type TraceName } from "../../runtime/trace/format.ts"
import type { TraceThreadSpec } from "./spec.ts"

export interface TraceStore {
  /** Takes whole records of a thread. Fails: the disk is full, the file is gone */
  write(thread: number, bytes: Uint8Array): void
  /** Somebody has a slot now. Fails: as `write` */
  name(name: TraceName): void
  /** About once a second. Returns the number of the segment that threads shall be in; undefined: there are none. Fails: as `write` */
  tick(nowMs: number): number | undefined
  /** Records that were left out, since it was asked last. */
  takeLost(): number
  /** The end; parts become one file. Fails: as `write` */
  close(timeUs: number): void
  /** Leaves everything as it is. */
  abandon(): void
}

interface Part {
  readonly number: number
  /** CLOSED: a thread before has written it. */
  readonly file: number
  readonly beganMs: number
  bytes: number
}

/** A part is a tenth of what is kept, but not shorter than this, since each begins with all states. */
const LEAST_PART_MS = 5000
const PARTS = 10
const CLOSED = -1

/** Bytes of the whole records of a file. */
const wholeBytes = (path: string): number => {
  const decoder = createTraceDecoder(() => undefined)
  let bytes = 0
  readTraceFile(path, (piece) => {
    bytes += piece.length
    decoder.push(piece)
  })
  return bytes - decoder.end()
}

/** nowMs   as in `tick` */
export function createTraceStore(spec: TraceThreadSpec, nowMs: number, disk: Disk = nodeDisk): TraceStore {
  const { path, header: { lastMs } } = spec
  const head = encodeHeader(spec.header)
  const names = new Map(spec.names.map((name) => [name.slot, name]))
  const partOf = spec.header.threads.map(() => 0)
  const partMs = Math.max(LEAST_PART_MS, (lastMs ?? 0) / PARTS)
  let parts: Part[] = []
  let lost = 0

  const newest = (): Part => {
    const part = parts.at(-1)
    if (part === undefined) throw new Error("the trace is closed")
    return part
  }

  const put = (part: Part, bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) {
      const rest = done === 0 ? bytes : bytes.subarray(done)
      const count = disk.write(part.file, rest, rest.length, part.bytes)
      if (count === 0) throw new Error("no space left on device")
      part.bytes += count
      done += count
    }
  }

  const beginPart = (number: number, beganMs: number): void => {
    const part: Part = { number, file: disk.open(partPath(path, number), true), beganMs, bytes: 0 }
    parts.push(part)
    put(part, head)
    for (const name of names.values()) put(part, encodeName(name))
  }

  /** The file of a thread before, or that the main thread began, cut to its whole records. */
  const goOn = (): void => {
    const bytes = wholeBytes(path)
    cutFile(path, bytes)
    parts = [{ number: 0, file: disk.open(path, false), beganMs: nowMs, bytes }]
  }

  const goOnInParts = (): void => {
    const before = listParts(path)
    for (const number of before.slice(-2)) cutFile(partPath(path, number), wholeBytes(partPath(path, number)))
    // Those of a thread before are taken for old: when what is new is long enough, they go.
    parts = before.map((number) => ({ number, file: CLOSED, beganMs: nowMs, bytes: 0 }))
    beginPart((before.at(-1) ?? 0) + 1, nowMs)
    partOf.fill(newest().number)
  }

  if (lastMs === undefined) goOn()
  else goOnInParts()
  if (spec.resume) put(newest(), encodeGap(ALL_THREADS, 0))

  const partOfThread = (thread: number): Part => {
    const number = lastMs === undefined ? 0 : partOf[thread] ?? 0
    return parts.find((part) => part.number >= number) ?? newest()
  }

  /** Cuts at segment records, counts what was left out. */
  const write = (thread: number, bytes: Uint8Array): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let from = 0
    for (let at = 0; at < bytes.length; at += view.getInt32(at, true)) {
      const kind = view.getInt32(at + 4, true) & 0xff
      if (kind === TraceKind.gap) lost += view.getInt32(at + RECORD_HEAD_BYTES, true)
      if (kind !== TraceKind.segment || lastMs === undefined) continue
      put(partOfThread(thread), bytes.subarray(from, at))
      from = at
      partOf[thread] = Math.min(view.getInt32(at + RECORD_HEAD_BYTES, true), newest().number)
    }
    put(partOfThread(thread), bytes.subarray(from))
  }

  const dropOld = (olderThanMs: number): void => {
    for (let [oldest, next] = parts; oldest !== undefined && next !== undefined && next.beganMs <= olderThanMs; [oldest, next] = parts) {
      shut(oldest)
      removePart(path, oldest.number)
      parts.shift()
    }
  }

  const shut = ({ file }: Part): void => {
    if (file !== CLOSED) attempt(() => disk.close(file))
  }

  const end = (): void => {
    for (const part of parts) shut(part)
    parts = []
  }

  return {
    write,
    name(name) {
      names.set(name.slot, name)
      put(newest(), encodeName(name))
    },
    tick(now) {
      if (!disk.stat(newest().file).linked) throw new Error("the file was removed")
      if (lastMs === undefined) return undefined
      dropOld(now - lastMs)
      if (now - newest().beganMs >= partMs) beginPart(newest().number + 1, now)
      return newest().number
    },
    takeLost() {
      const count = lost
      lost = 0
      return count
    },
    close(timeUs) {
      put(newest(), encodeEnd(timeUs))
      end()
      if (lastMs !== undefined) joinParts(path, head.length)
    },
    abandon: end,
  }
}

const attempt = (work: () => void): void => {
  try {
    work()
  } catch {
    // The file is given up anyway.
  }
}
