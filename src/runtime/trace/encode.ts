/** The records that the main thread and the trace thread write: a file's beginning, who is who, the end. Realtime: no */
import { RECORD_HEAD_BYTES } from "../ring/record-ring.ts"
import { BodyBytes, tagOf, TRACE_MARK, TraceKind, type TraceHeader, type TraceName } from "./format.ts"

/** A record with room for a body. */
const recordOf = (tag: number, bodyBytes: number): { readonly bytes: Uint8Array; readonly view: DataView } => {
  const length = (RECORD_HEAD_BYTES + bodyBytes + 7) & ~7
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, length, true)
  view.setInt32(4, tag, true)
  return { bytes, view }
}

/** JSON, with spaces up to a whole record. */
const textRecord = (kind: number, value: unknown): Uint8Array => {
  const text = new TextEncoder().encode(JSON.stringify(value))
  const { bytes } = recordOf(tagOf(kind, 0, 0), text.length)
  bytes.fill(0x20, RECORD_HEAD_BYTES)
  bytes.set(text, RECORD_HEAD_BYTES)
  return bytes
}

/** What every file begins with. */
export function encodeHeader(header: TraceHeader): Uint8Array {
  const record = textRecord(TraceKind.header, header)
  const bytes = new Uint8Array(TRACE_MARK.length + record.length)
  bytes.set(new TextEncoder().encode(TRACE_MARK))
  bytes.set(record, TRACE_MARK.length)
  return bytes
}

export const encodeName = (name: TraceName): Uint8Array => textRecord(TraceKind.name, name)

/** thread   or ALL_THREADS */
export function encodeGap(thread: number, lost: number): Uint8Array {
  const { bytes, view } = recordOf(tagOf(TraceKind.gap, thread, 0), BodyBytes.gap)
  view.setInt32(RECORD_HEAD_BYTES, lost, true)
  return bytes
}

export function encodeEnd(timeUs: number): Uint8Array {
  const { bytes, view } = recordOf(tagOf(TraceKind.end, 0, 0), BodyBytes.end)
  view.setFloat64(RECORD_HEAD_BYTES, timeUs, true)
  return bytes
}
