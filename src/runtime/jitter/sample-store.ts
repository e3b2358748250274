/**
 * The audio of one received stream, addressed by RTP timestamp (as int32, wrapping), with a mark for each frame that has arrived.
 * Packets of any size land anywhere; frames stay readable after they were played until newer ones take their place.
 *
 * Behind the ring's end its beginning stands once more, so that any run of up to STORE_TAIL frames lies in one piece: what
 * interpolates, correlates or bridges reads it where it is.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"
import type { StateIo } from "./state-io.ts"

/** Frames held, a power of two: 0.68 s at 48 kHz. */
export const STORE_FRAMES = 32_768
/** Longest run that lies in one piece from any frame on. */
export const STORE_TAIL = 1280
const MASK = STORE_FRAMES - 1
/** From one channel's plane to the next. */
export const STORE_PLANE_BYTES = (STORE_FRAMES + STORE_TAIL) * 4

/** Larger samples, like NaN and infinity, are taken for silence. */
const MOST_SAMPLE = 1e9

/** Bytes of arena for a store of two channels. */
export const STORE_BYTES = 2 * STORE_PLANE_BYTES

/**
 * How samples lie in a packet's payload: 2 and 3 bytes as on the wire (big endian, interleaved), 4 as float32 in the machine's own
 * order, one plane a channel, planeBytes apart; NaN, infinity and what is over 10^9 become 0.
 */
export interface PayloadLayout {
  readonly bytesPerSample: 2 | 3 | 4
  readonly channelCount: 1 | 2
  /** Only for planes. */
  readonly planeBytes?: number
}

export interface SampleStore {
  /**
   * Writes a packet's frames; returns how many were new, 0 also for one too old to be kept.
   * timestamp  of the first frame, int32
   * address    byte address of the payload in the arena
   */
  write(timestamp: number, frameCount: number, address: number, layout: PayloadLayout): number
  /** Frames present from `timestamp` on, up to `limit`. */
  presentRun(timestamp: number, limit: number): number
  /** Frames absent from `timestamp` on, up to `limit`. */
  absentRun(timestamp: number, limit: number): number
  /** Frames from `timestamp` to the end of the newest that was written; negative when that lies behind. */
  ahead(timestamp: number): number
  /** Address of the frame in the channel's plane; STORE_TAIL frames follow in one piece. */
  address(channel: number, timestamp: number): number
  /** Lays other audio where frames are absent; they stay absent. At most STORE_TAIL frames. */
  patch(timestamp: number, frameCount: number, left: number, right: number): void
  /** All frames are absent; the next write may be anywhere. */
  clear(timestamp: number): void
  /** But the audio itself, which lies in the arena. */
  state(io: StateIo): void
}

export function createSampleStore(dsp: Dsp, memory: WebAssembly.Memory, at: number): SampleStore {
  const present = new Uint8Array(STORE_FRAMES)
  const left = new Float32Array(memory.buffer, at, STORE_FRAMES)
  const right = new Float32Array(memory.buffer, at + STORE_PLANE_BYTES, STORE_FRAMES)
  /** First timestamp that was never written; marks up to it are true to the frames they stand for. */
  let edge = 0

  /** What is no audio is silence: one NaN in a filter's reach would be many. */
  /* @hot */
  function clean(plane: Float32Array, from: number, frameCount: number): void {
    for (let i = from; i < from + frameCount; i++) if (!(Math.abs(plane[i] as number) <= MOST_SAMPLE)) plane[i] = 0
  }

  /* @hot */
  function convert(from: number, frameCount: number, address: number, layout: PayloadLayout): void {
    const target = at + from * 4
    if (layout.bytesPerSample === 4) {
      dsp.copy(target, address, frameCount)
      clean(left, from, frameCount)
      if (layout.channelCount !== 2) return
      dsp.copy(target + STORE_PLANE_BYTES, address + (layout.planeBytes ?? 0), frameCount)
      clean(right, from, frameCount)
    } else if (layout.bytesPerSample === 2) dsp.s16beToPlanar(address, target, STORE_PLANE_BYTES, frameCount, layout.channelCount)
    else dsp.s24beToPlanar(address, target, STORE_PLANE_BYTES, frameCount, layout.channelCount)
  }

  /** Repeats what was written at the ring's beginning behind its end. */
  /* @hot */
  function mirror(from: number, frameCount: number, channelCount: number): void {
    const count = Math.min(frameCount, STORE_TAIL - from)
    if (count <= 0) return
    for (let channel = 0; channel < channelCount; channel++) {
      const plane = at + channel * STORE_PLANE_BYTES
      dsp.copy(plane + (STORE_FRAMES + from) * 4, plane + from * 4, count)
    }
  }

  /* @hot */
  function unmark(count: number): void {
    if (count >= STORE_FRAMES) present.fill(0)
    else for (let i = 0; i < count; i++) present[(edge + i) & MASK] = 0
  }

  /* @hot */
  function mark(timestamp: number, frameCount: number): number {
    let fresh = 0
    for (let i = 0; i < frameCount; i++) {
      const slot = (timestamp + i) & MASK
      if (present[slot] === 0) {
        present[slot] = 1
        fresh++
      }
    }
    return fresh
  }

  /* @hot */
  function store(timestamp: number, frameCount: number, address: number, layout: PayloadLayout): void {
    const from = timestamp & MASK
    const first = Math.min(frameCount, STORE_FRAMES - from)
    convert(from, first, address, layout)
    mirror(from, first, layout.channelCount)
    if (first === frameCount) return
    const frameBytes = layout.bytesPerSample === 4 ? 4 : layout.bytesPerSample * layout.channelCount
    convert(0, frameCount - first, address + first * frameBytes, layout)
    mirror(0, frameCount - first, layout.channelCount)
  }

  return {
    /* @hot */
    write(timestamp, frameCount, address, layout) {
      if (frameCount > STORE_FRAMES) return 0
      const end = (timestamp + frameCount) | 0
      const beyond = (end - edge) | 0
      if (beyond > 0) {
        unmark(beyond)
        edge = end
      } else if (((edge - timestamp) | 0) > STORE_FRAMES) return 0
      const fresh = mark(timestamp, frameCount)
      if (fresh > 0) store(timestamp, frameCount, address, layout)
      return fresh
    },
    /* @hot */
    presentRun(timestamp, limit) {
      const ahead = (edge - timestamp) | 0
      if (ahead <= 0 || ahead > STORE_FRAMES) return 0
      const most = Math.min(limit, ahead)
      let count = 0
      while (count < most && present[(timestamp + count) & MASK] === 1) count++
      return count
    },
    /* @hot */
    absentRun(timestamp, limit) {
      const ahead = (edge - timestamp) | 0
      if (ahead <= 0) return limit
      const known = Math.min(limit, ahead)
      let count = ahead > STORE_FRAMES ? Math.min(known, ahead - STORE_FRAMES) : 0
      while (count < known && present[(timestamp + count) & MASK] === 0) count++
      return count < known || known === limit ? count : limit
    },
    /* @hot */
    ahead(timestamp) {
      return (edge - timestamp) | 0
    },
    /* @hot */
    address(channel, timestamp) {
      return at + channel * STORE_PLANE_BYTES + (timestamp & MASK) * 4
    },
    /* @hot */
    patch(timestamp, frameCount, left, right) {
      const from = timestamp & MASK
      const first = Math.min(frameCount, STORE_FRAMES - from)
      for (let channel = 0; channel < 2; channel++) {
        const plane = at + channel * STORE_PLANE_BYTES
        const source = channel === 0 ? left : right
        dsp.copy(plane + from * 4, source, first)
        if (first < frameCount) dsp.copy(plane, source + first * 4, frameCount - first)
      }
      mirror(from, first, 2)
      if (first < frameCount) mirror(0, frameCount - first, 2)
    },
    /* @hot */
    clear(timestamp) {
      present.fill(0)
      edge = timestamp
    },
    /* @hot */
    state(io) {
      io.cells(present)
      edge = io.int(edge)
    },
  }
}
