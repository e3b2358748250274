/**
 * The audio of one received stream, addressed by media index (frames of the sender's timeline), with a mark for each frame that
 * has arrived. Packets of any size land anywhere; frames stay readable after they were played until newer ones take their place,
 * so concealment and cross-fades can look back, also on what concealment itself has made.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { Dsp } from "../dsp/dsp.ts"

/** Frames held, a power of two: 0.68 s at 48 kHz. */
export const STORE_FRAMES = 32_768
const MASK = STORE_FRAMES - 1
const PLANE_BYTES = STORE_FRAMES * 4

/** Bytes of arena for a store of two channels. */
export const STORE_BYTES = 2 * PLANE_BYTES

/** How samples lie in a packet's payload. */
export interface PayloadLayout {
  readonly bytesPerSample: 2 | 3
  readonly channelCount: 1 | 2
}

export interface SampleStore {
  /**
   * Writes a packet's frames that are new; returns how many were.
   * index      media index of the first frame, an integer
   * address    byte address of the payload in the arena
   */
  write(index: number, frameCount: number, address: number, layout: PayloadLayout): number
  /** Frames present from `index` on, up to `limit`. */
  presentRun(index: number, limit: number): number
  /** Frames absent from `index` on, up to `limit`. */
  absentRun(index: number, limit: number): number
  /** Copies present frames to planar memory at the addresses left and right (right is not written when mono). */
  read(index: number, frameCount: number, left: number, right: number, channelCount: number): void
  /** Keeps what was heard instead of frames that were absent or not to be joined, from planar memory; absent ones stay absent. */
  keep(index: number, frameCount: number, channel: number, address: number): void
  /**
   * The channels' samples, heard or present: that of media index i lies at i & (STORE_FRAMES - 1). For concealment, which reads
   * sample by sample: a function that returned one would leave a box on the heap for each wherever it is not inlined.
   */
  readonly planes: readonly Float32Array[]
  /** All frames are absent; the next write may be anywhere. What was heard can still be looked back on. */
  clear(index: number): void
}

export function createSampleStore(dsp: Dsp, memory: WebAssembly.Memory, at: number): SampleStore {
  const present = new Uint8Array(STORE_FRAMES)
  const planes = [new Float32Array(memory.buffer, at, STORE_FRAMES), new Float32Array(memory.buffer, at + PLANE_BYTES, STORE_FRAMES)] as const
  // Touched now, so that the system has found the pages before the first packet comes.
  for (const plane of planes) plane.fill(0)
  /** First index that was never written; marks up to it are true to the frames they stand for. */
  const edge = new Float64Array(1)

  /* @hot */
  function convert(index: number, frameCount: number, address: number, layout: PayloadLayout): void {
    const target = at + (index & MASK) * 4
    if (layout.bytesPerSample === 2) dsp.s16beToPlanar(address, target, PLANE_BYTES, frameCount, layout.channelCount)
    else dsp.s24beToPlanar(address, target, PLANE_BYTES, frameCount, layout.channelCount)
  }

  /* @hot */
  function unmark(from: number, to: number): void {
    if (to - from >= STORE_FRAMES) present.fill(0)
    else for (let i = from; i < to; i++) present[i & MASK] = 0
  }

  return {
    planes,
    /* @hot */
    write(index, frameCount, address, layout) {
      const end = index + frameCount
      if (end > (edge[0] as number)) {
        unmark(edge[0] as number, end)
        edge[0] = end
      } else if (index < (edge[0] as number) - STORE_FRAMES) return 0
      let fresh = 0
      for (let i = index; i < end; i++) {
        if (present[i & MASK] === 0) {
          present[i & MASK] = 1
          fresh++
        }
      }
      if (fresh === 0) return 0
      const toEnd = STORE_FRAMES - (index & MASK)
      if (frameCount <= toEnd) convert(index, frameCount, address, layout)
      else {
        convert(index, toEnd, address, layout)
        convert(index + toEnd, frameCount - toEnd, address + toEnd * layout.bytesPerSample * layout.channelCount, layout)
      }
      return fresh
    },
    /* @hot */
    presentRun(index, limit) {
      const end = Math.min(index + limit, edge[0] as number)
      if (index < (edge[0] as number) - STORE_FRAMES) return 0
      let i = index
      while (i < end && present[i & MASK] === 1) i++
      return i - index
    },
    /* @hot */
    absentRun(index, limit) {
      const edgeIndex = edge[0] as number
      if (index >= edgeIndex) return limit
      let i = index
      const end = index + limit
      while (i < end && (i >= edgeIndex || i < edgeIndex - STORE_FRAMES || present[i & MASK] === 0)) i++
      return i - index
    },
    /* @hot */
    read(index, frameCount, left, right, channelCount) {
      const from = index & MASK
      const toEnd = STORE_FRAMES - from
      const first = frameCount <= toEnd ? frameCount : toEnd
      dsp.copy(left, at + from * 4, first)
      if (channelCount === 2) dsp.copy(right, at + PLANE_BYTES + from * 4, first)
      if (first === frameCount) return
      dsp.copy(left + first * 4, at, frameCount - first)
      if (channelCount === 2) dsp.copy(right + first * 4, at + PLANE_BYTES, frameCount - first)
    },
    /* @hot */
    keep(index, frameCount, channel, address) {
      const plane = at + channel * PLANE_BYTES
      const from = index & MASK
      const first = Math.min(frameCount, STORE_FRAMES - from)
      dsp.copy(plane + from * 4, address, first)
      if (first < frameCount) dsp.copy(plane, address + first * 4, frameCount - first)
    },
    /* @hot */
    clear(index) {
      present.fill(0)
      edge[0] = index
    },
  }
}
