/**
 * The inserts of one place, in order. Processors go back and forth between two stereo buffers of the chain's own (they are never
 * the source's, so a processor's views never move); taps look at whichever holds the sound; a chain of taps alone, or of nothing,
 * passes its source on without a copy.
 *
 * A mono block stays mono through processors activated for it. When nothing comes in, and all tails have rung out and what comes out
 * is hushed, the chain rests: processors are not called until there is sound again.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { BlockRingPlan } from "../ring/block-ring.ts"
import { BlockFlag } from "../ring/block-ring.ts"
import type { LoadedSlot } from "./load.ts"
import type { ChainPlan } from "./plan.ts"
import type { PluginSlot, SlotHost } from "./plugin-slot.ts"
import { createPluginSlot } from "./plugin-slot.ts"
import type { TapSlot } from "./tap-slot.ts"
import { createTapSlot } from "./tap-slot.ts"

export interface Chain {
  /** Addresses of the last block's output; mono: both the same. Not to be read when it rests. */
  left: number
  right: number
  resting: boolean
  /** The caller says after each block whether the output was below hearing; see levels.ts. */
  hushed: boolean
  /** Processes a block. Mono: `right` is `left`. With `silent` or `waiting` in the flags the addresses are not read. */
  process(left: number, right: number, flags: number): void
  /** Changes a parameter, ramped. False: there is none such. */
  set(slot: number, param: number, value: number): boolean
  /** Forgets all sound before the next block. */
  reset(): void
  thrown(slot: number): unknown
}

export interface ChainParts {
  readonly plan: ChainPlan
  readonly loaded: readonly (LoadedSlot | undefined)[]
  /** Address of two stereo buffers; -1 when nothing is processed. */
  readonly buffers: number
  readonly tapRings: readonly BlockRingPlan[]
  /** By slot. */
  readonly pages: readonly number[]
}

const NOTHING = BlockFlag.silent | BlockFlag.waiting
const LONG_QUIET_FRAMES = 2 ** 30

export function createChain(host: SlotHost, parts: ChainParts): Chain {
  const { dsp, blockFrames } = host
  const planeBytes = blockFrames * 4
  const { plan, buffers, tapRings } = parts
  const other = buffers + 2 * planeBytes
  const plugins: (PluginSlot | undefined)[] = []
  const taps: (TapSlot | undefined)[] = []
  let pluginCount = 0
  plan.slots.forEach(({ tap, params }, slot) => {
    const page = parts.pages[slot] as number
    const loaded = parts.loaded[slot]
    const ring = tapRings[tap]
    plugins.push(undefined)
    taps.push(ring === undefined ? undefined : createTapSlot(host, ring, page))
    if (loaded === undefined) return
    const [input, output] = pluginCount % 2 === 0 ? [buffers, other] : [other, buffers]
    plugins[slot] = createPluginSlot(host, loaded, { chain: plan.index, slot, params, input, output, page })
    pluginCount++
  })
  const processes = pluginCount > 0
  const slotCount = plan.slots.length
  const hasMono = plan.channelCounts.includes(1)
  const hasStereo = plan.channelCounts.includes(2)
  const tailOf = (channelCount: number): number => plugins.reduce((sum, plugin) => sum + (plugin?.tailFrames(channelCount) ?? 0), 0)
  const tails = Float64Array.of(0, tailOf(1), tailOf(2))
  let channelCount = hasMono ? 1 : 2
  /** Frames since sound last came in. */
  let quietFrames = LONG_QUIET_FRAMES

  /** Brings the source to the chain's first buffer. */
  /* @hot */
  const take = (left: number, right: number, flags: number): void => {
    if ((flags & NOTHING) !== 0) {
      dsp.clear(buffers, blockFrames)
      dsp.clear(buffers + planeBytes, blockFrames)
    } else {
      dsp.copy(buffers, left, blockFrames)
      if (channelCount === 2) dsp.copy(buffers + planeBytes, right, blockFrames)
    }
  }

  /* @hot */
  const fit = (mono: boolean): void => {
    const wanted = (mono && hasMono) || !hasStereo ? 1 : 2
    if (wanted === channelCount) return
    channelCount = wanted
    self.reset()
  }

  const self: Chain = {
    left: buffers,
    right: buffers,
    resting: true,
    hushed: true,
    /* @hot */
    process(left, right, flags) {
      const nothing = (flags & NOTHING) !== 0
      self.resting = nothing && (!processes || (self.hushed && quietFrames >= (tails[channelCount] as number)))
      quietFrames = nothing ? Math.min(LONG_QUIET_FRAMES, quietFrames + blockFrames) : 0
      let atLeft = left
      let atRight = right
      let flagsNow = flags
      if (processes && !self.resting) {
        if (!nothing) fit(left === right)
        take(left, right, flags)
        flagsNow = flags & ~NOTHING
        atLeft = buffers
        atRight = channelCount === 1 ? buffers : buffers + planeBytes
      }
      for (let slot = 0; slot < slotCount; slot++) {
        const tap = taps[slot]
        const plugin = plugins[slot]
        if (tap !== undefined) tap.write(atLeft, atRight, flagsNow)
        else if (plugin !== undefined && !self.resting) {
          plugin.process(channelCount)
          atLeft = atLeft === buffers ? other : buffers
          atRight = channelCount === 1 ? atLeft : atLeft + planeBytes
        }
      }
      self.left = atLeft
      self.right = atRight
    },
    /* @hot */
    set(slot, param, value) {
      const plugin = plugins[slot]
      return plugin !== undefined && plugin.set(param, value)
    },
    /* @hot */
    reset() {
      for (let slot = 0; slot < slotCount; slot++) plugins[slot]?.reset()
    },
    thrown: (slot) => plugins[slot]?.thrown(),
  }
  return self
}
