/**
 * Cuts a trace into its records, whatever pieces it comes in. A file that was cut off anywhere gives its whole records; one that is
 * damaged gives those before the damage, and an error that says where. It keeps one record at most.
 *
 * Thread: any      Realtime: no
 */
import { ResourceError } from "../errors.ts"
import { RECORD_HEAD_BYTES } from "../ring/record-ring.ts"
import { BodyBytes, MOST_RECORD_BYTES, TRACE_MARK, TraceKind } from "./format.ts"

/** One record; the same object each time. */
export interface TraceRecord {
  kind: number
  thread: number
  slot: number
  /** Of the body. */
  body: DataView
  /** Where in the file it begins. */
  at: number
}

export interface TraceDecoder {
  /**
   * Takes the next bytes of the file.
   * Fails  ResourceError: this is no trace, or it is damaged
   */
  push(bytes: Uint8Array): void
  /**
   * The file has ended. Returns the bytes of a last record that is not whole.
   * Fails  ResourceError: the file is no trace
   */
  end(): number
}

/** What a body has at least, by kind. */
const LEAST: Readonly<Record<number, number>> = {
  [TraceKind.round]: BodyBytes.round, [TraceKind.reset]: BodyBytes.reset, [TraceKind.wish]: BodyBytes.wish, [TraceKind.packet]: BodyBytes.packet,
  [TraceKind.pull]: BodyBytes.pull, [TraceKind.skip]: BodyBytes.skip, [TraceKind.state]: BodyBytes.state, [TraceKind.chunk]: BodyBytes.chunk,
  [TraceKind.stateEnd]: BodyBytes.stateEnd, [TraceKind.gap]: BodyBytes.gap, [TraceKind.segment]: BodyBytes.part, [TraceKind.end]: BodyBytes.end,
}

/** at   byte of the file */
export const damaged = (at: number, what: string): ResourceError =>
  new ResourceError(`the trace is damaged at byte ${at}: ${what}`, "What comes before it is whole; the file was changed, or copied badly.")

const noTrace = (): ResourceError => new ResourceError("this is no trace of wifi-party", "Traces are made by: wifi-party run PRESET --trace FILE")

const MARK = new TextEncoder().encode(TRACE_MARK)

/** take   gets each record; its body is valid until it returns */
export function createTraceDecoder(take: (record: TraceRecord) => void): TraceDecoder {
  const record: TraceRecord = { kind: 0, thread: 0, slot: 0, body: new DataView(new ArrayBuffer(0)), at: 0 }
  let rest = new Uint8Array(0)
  /** Bytes of the file before `rest`. */
  let before = 0
  let marked = false

  const takeMark = (bytes: Uint8Array): boolean => {
    const count = Math.min(bytes.length, MARK.length)
    for (let i = 0; i < count; i++) if (bytes[i] !== MARK[i]) throw noTrace()
    return count === MARK.length
  }

  const lengthAt = (view: DataView, from: number): number => {
    const length = view.getInt32(from, true)
    // A pad is as long as what was left of a ring.
    const most = view.getInt32(from + 4, true) === TraceKind.pad ? 0x7fff_fff8 : MOST_RECORD_BYTES
    if (length < RECORD_HEAD_BYTES || length > most || length % 8 !== 0) throw damaged(before + from, `a record of ${length} bytes`)
    return length
  }

  const takeOne = (bytes: Uint8Array, view: DataView, from: number, length: number): void => {
    const tag = view.getInt32(from + 4, true)
    record.kind = tag & 0xff
    record.thread = (tag >> 8) & 0xff
    record.slot = tag >>> 16
    record.at = before + from
    record.body = new DataView(bytes.buffer, bytes.byteOffset + from + RECORD_HEAD_BYTES, length - RECORD_HEAD_BYTES)
    if (record.kind === TraceKind.pad) return
    if (record.body.byteLength < (LEAST[record.kind] ?? 0)) throw damaged(record.at, `a record of kind ${record.kind} with ${length} bytes`)
    take(record)
  }

  /** Bytes of a pad that are still to come. */
  let padding = 0

  const push = (piece: Uint8Array): void => {
    const skipped = Math.min(padding, piece.length)
    padding -= skipped
    before += skipped
    const more = skipped === 0 ? piece : piece.subarray(skipped)
    let bytes = more
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + more.length)
      bytes.set(rest)
      bytes.set(more, rest.length)
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let from = 0
    if (!marked && takeMark(bytes)) {
      marked = true
      from = MARK.length
    }
    while (marked && from + RECORD_HEAD_BYTES <= bytes.length) {
      const length = lengthAt(view, from)
      if (from + length > bytes.length) {
        if (view.getInt32(from + 4, true) !== TraceKind.pad) break
        padding = from + length - bytes.length
        from = bytes.length
        break
      }
      takeOne(bytes, view, from, length)
      from += length
    }
    before += from
    rest = bytes.slice(from)
  }

  return {
    push,
    end() {
      if (!marked) throw noTrace()
      return rest.length
    },
  }
}
