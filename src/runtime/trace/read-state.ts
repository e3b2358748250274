/** Puts a buffer's saved state together from its pieces. Realtime: no */
import { damaged, type TraceRecord } from "./decode.ts"
import { BodyBytes, MOST_STATE_BYTES, STATE_CHUNK_BYTES } from "./format.ts"
import { hashState } from "./words-hash.ts"

export interface ReadState {
  readonly ssrc: number
  readonly bytes: Uint8Array
}

export interface StateReader {
  /** Fails  ResourceError: it does not belong there */
  chunk(record: TraceRecord): void
  /** The whole. Fails  ResourceError: it is not what was saved. A state that is not right must not be loaded: it could hang a buffer. */
  end(record: TraceRecord): ReadState
}

/** record   the state's first */
export function createStateReader(record: TraceRecord): StateReader {
  const length = record.body.getInt32(0, true)
  const ssrc = record.body.getUint32(4, true)
  if (length < 8 || length > MOST_STATE_BYTES || length % 8 !== 0) throw damaged(record.at, `a state of ${length} bytes`)
  const bytes = new Uint8Array(length)
  return {
    chunk({ body, at }) {
      const offset = body.getInt32(0, true)
      const count = body.getInt32(4, true)
      if (offset < 0 || count < 0 || offset + count > length || count > body.byteLength - BodyBytes.chunk) {
        throw damaged(at, "a piece of a state that is not in it")
      }
      bytes.set(new Uint8Array(body.buffer, body.byteOffset + BodyBytes.chunk, count), offset)
    },
    end({ body, at }) {
      const hash = hashState(new Int32Array(bytes.buffer), STATE_CHUNK_BYTES / 4)
      if (hash !== body.getInt32(0, true)) throw damaged(at, "a state that is not what was saved")
      return { ssrc, bytes }
    },
  }
}
