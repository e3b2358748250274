/**
 * Where the renderer keeps things in the arena: mix buffers, the chains' own buffers, scratch for the kernels, statistics pages.
 * A stereo buffer is two planes, one after the other. Plain data, safe to clone.
 *
 * Thread: any      Realtime: no
 */
import { METER_BYTES, MIX_ROW_BYTES } from "../dsp/dsp.ts"
import { statsBytes } from "../ring/stats-page.ts"
import { levelFields, stripFields } from "./levels.ts"
import type { MixPlan } from "./plan.ts"
import { SLOT_PAGE_BYTES } from "./slot-page.ts"

export interface RendererLayout {
  readonly at: number
  readonly bytes: number
  /** Rows of the mix kernel. */
  readonly rows: number
  readonly rowCapacity: number
  readonly meter: number
  /** Stereo buffers: the mix before the master's fader, behind it, and one a bus. */
  readonly mix: number
  readonly master: number
  readonly buses: readonly number[]
  /** By chain: two stereo buffers; -1 for a chain that processes nothing. */
  readonly chains: readonly number[]
  /** Statistics pages. */
  readonly stripPages: readonly number[]
  readonly busPages: readonly number[]
  readonly masterPage: number
  /** By chain and slot. */
  readonly slotPages: readonly (readonly number[])[]
}

/**
 * Plans the renderer's memory.
 *
 * at       base address, a multiple of 64; leave it out to learn the size
 * Returns  addresses, and `bytes` from `at` on
 */
export function planRendererMemory(plan: MixPlan, at = 0): RendererLayout {
  let next = at
  const take = (bytes: number): number => {
    const address = next
    next += Math.ceil(bytes / 64) * 64
    return address
  }
  const stereoBytes = plan.blockFrames * 4 * 2
  const rowCapacity = Math.max(1, plan.strips.length, plan.buses.length)
  const layout = {
    rows: take(rowCapacity * MIX_ROW_BYTES),
    rowCapacity,
    meter: take(METER_BYTES),
    mix: take(stereoBytes),
    master: take(stereoBytes),
    buses: plan.buses.map(() => take(stereoBytes)),
    chains: plan.chains.map((chain) => (chain.slots.some((slot) => slot.tap < 0) ? take(2 * stereoBytes) : -1)),
    stripPages: plan.strips.map(() => take(statsBytes(stripFields))),
    busPages: plan.buses.map(() => take(statsBytes(levelFields))),
    masterPage: take(statsBytes(levelFields)),
    slotPages: plan.chains.map((chain) => chain.slots.map(() => take(SLOT_PAGE_BYTES))),
  }
  return { at, bytes: next - at, ...layout }
}
