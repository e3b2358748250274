/** The packets that a baseline holds, by number, and the earliest arrivals of the last seconds. */
import { mediaIndexOf, type ArrivedPacket, type BufferSetup } from "../buffer-under-test.ts"

/** Time in frames of the receiver's clock. */
export const framesOf = (setup: BufferSetup, us: number): number => (us * setup.sampleRate) / 1e6

export interface Shelf {
  /** Media index of the packet. */
  put(packet: ArrivedPacket): number
  has(mediaIndex: number): boolean
  /** First media index of a packet that is there, from an index on; Infinity if none is. */
  next(mediaIndex: number): number
}

export function createShelf(setup: BufferSetup): Shelf {
  const { packetFrames } = setup
  const held = new Set<number>()
  let newest = -1
  return {
    put(packet) {
      const index = mediaIndexOf(setup, packet.rtpTimestamp)
      const key = index / packetFrames
      held.add(key)
      newest = Math.max(newest, key)
      return index
    },
    has: (mediaIndex) => held.has(Math.floor(mediaIndex / packetFrames)),
    next(mediaIndex) {
      for (let key = Math.max(0, Math.floor(mediaIndex / packetFrames)); key <= newest; key++) {
        if (held.has(key)) return Math.max(mediaIndex, key * packetFrames)
      }
      return Infinity
    },
  }
}

/** The least of a sliding number of windows. */
export interface SlidingMin {
  add(at: number, value: number): void
  least(): number
}

export function createSlidingMin(windowFrames: number, windows: number): SlidingMin {
  const least: number[] = []
  let current = -1
  return {
    add(at, value) {
      const window = Math.floor(at / windowFrames)
      if (window !== current) {
        current = window
        least.push(Infinity)
        if (least.length > windows) least.shift()
      }
      least[least.length - 1] = Math.min(least[least.length - 1] as number, value)
    },
    least: () => Math.min(...least),
  }
}
