/**
 * An independent look at the added latency: the audio itself carries its frame index, and an onlooker notes when a frame is first
 * seen in the capture ring and when in the playback ring. It trusts no stamp of the engine.
 */
import type { PartyInternals } from "../../src/actors/party/internals.ts"
import { readClock } from "../../src/runtime/io/clock.ts"
import { blockViews, createBlockReader, type BlockRingPlan } from "../../src/runtime/ring/block-ring.ts"

/** Samples count up to this and begin again; exact in 24 bits. */
export const INDEX_FRAMES = 2 ** 22
const SCALE = 2 ** 23

export const indexSample = (frame: number): number => (frame % INDEX_FRAMES) / SCALE

const createEye = (memory: WebAssembly.Memory, ring: BlockRingPlan) => {
  // A reader that never releases: it only looks.
  const reader = createBlockReader(memory, ring)
  const views = blockViews(memory, ring)
  let seen = reader.level()
  return {
    /** Frame index of the newest block's first frame when a new block has come, else -1. */
    look(): number {
      const level = reader.level()
      if (level === seen) return -1
      seen = level
      const slot = reader.slotAt(level - 1)
      return Math.round((views[slot]?.[0]?.[0] ?? 0) * SCALE)
    },
  }
}

/** Watches for `ms`, busily. Returns delays, us. */
export function watchFrames({ memory, plan }: PartyInternals, ms: number): number[] {
  const ring = plan.sources[0]?.send
  const output = plan.outputs[0]?.ring
  if (ring === undefined || output === undefined) return []
  const capture = createEye(memory, ring)
  const playback = createEye(memory, output)
  const captured = new Map<number, number>()
  const cells = new Float64Array(2)
  const delays: number[] = []
  readClock(cells, 1)
  const endUs = (cells[1] as number) + ms * 1000
  for (readClock(cells, 0); (cells[0] as number) < endUs; readClock(cells, 0)) {
    const taken = capture.look()
    if (taken > 0) captured.set(taken, cells[0] as number)
    const played = playback.look()
    if (played <= 0) continue
    // The capture block that the frame was in.
    for (let back = 0; back < plan.blockFrames; back++) {
      const at = captured.get(played - back)
      if (at !== undefined) {
        delays.push((cells[0] as number) - at)
        break
      }
    }
  }
  return delays
}
