/**
 * Where the playhead of a stream stands and when it must move: one block a pull, put where the playout clock says it is due, and
 * moved only when it has been off for long (clock drift, a changed path), or for free while nothing is heard.
 *
 * Packets and blocks share a grid, their greatest common divisor, and the playhead stands on it, as far back as makes every packet
 * wait the delay asked for before the pull that needs its first frame, and less than a block more.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { PlayoutClock } from "./playout-clock.ts"

/** What `steer` finds. settle: off, while it is still finding its place, or where nobody hears it move. */
export const Steer = { stay: 0, settle: 1, slip: 2 } as const

export interface Playhead {
  /** Media index of the next frame, an integer, in [0]. */
  readonly place: Float64Array
  /** Puts it where it is due at `nowFrames[0]`; `border[0]` is the first frame of some packet of `packetFrames`. */
  put(nowFrames: Float64Array, border: Float64Array, packetFrames: number): void
  /** Says, on every pull, whether it is where it should be. */
  steer(nowFrames: Float64Array, packetFrames: number, heard: boolean): number
  /** Playing has begun, its place is still to be found. */
  settle(): void
}

const SETTLE_SECONDS = 0.3
const SLIP_SECONDS = 1
const SMOOTH_SECONDS = 0.1
/** Part of the delay that it may be off: who waits for long has room, and a move is heard. At the least a block. */
const TOLERANCE = 1 / 8

/* @hot */
function commonDivisor(a: number, b: number): number {
  let larger = a
  let smaller = b
  while (smaller > 0) {
    const rest = larger % smaller
    larger = smaller
    smaller = rest
  }
  return larger
}

export function createPlayhead(clock: PlayoutClock, sampleRate: number, blockFrames: number, delayFrames: number): Playhead {
  const place = new Float64Array(1)
  const cells = new Float64Array(2)
  /** How far the place that is due lies before the playhead's, smoothed; 0 to one grid step is right. */
  const error = new Float64Array(1)
  const pullsPerSecond = sampleRate / blockFrames
  const settlePulls = Math.round(SETTLE_SECONDS * pullsPerSecond)
  const slipPulls = Math.round(SLIP_SECONDS * pullsPerSecond)
  const tolerance = Math.max(blockFrames, delayFrames * TOLERANCE)
  const weight = 1 / (SMOOTH_SECONDS * pullsPerSecond)
  let gridOf = 0
  let grid = 1
  let sinceStart = 0
  let offPulls = 0

  /** Sets cells[1] to the index due, less what packets that begin late in a block must be given. */
  /* @hot */
  function due(nowFrames: Float64Array, packetFrames: number): void {
    if (packetFrames !== gridOf) {
      gridOf = packetFrames
      grid = commonDivisor(packetFrames, blockFrames)
    }
    cells[0] = nowFrames[0] as number
    clock.due(cells)
    cells[1] = (cells[1] as number) - (blockFrames - grid)
  }

  return {
    place,
    /* @hot */
    put(nowFrames, border, packetFrames) {
      due(nowFrames, packetFrames)
      const from = border[0] as number
      place[0] = from + Math.floor(((cells[1] as number) - from) / grid) * grid
      error[0] = (cells[1] as number) - place[0]
      offPulls = 0
    },
    /* @hot */
    steer(nowFrames, packetFrames, heard) {
      due(nowFrames, packetFrames)
      error[0] = (error[0] as number) + ((cells[1] as number) - (place[0] as number) - (error[0] as number)) * weight
      sinceStart++
      const early = error[0]
      const off = early < 0 ? -early : early - grid
      if (!heard || sinceStart <= settlePulls) {
        return off > blockFrames / 2 && (!heard || sinceStart > settlePulls / 3) ? Steer.settle : Steer.stay
      }
      offPulls = off > tolerance ? offPulls + 1 : 0
      return offPulls >= slipPulls ? Steer.slip : Steer.stay
    },
    /* @hot */
    settle() {
      sinceStart = 0
      offPulls = 0
    },
  }
}
