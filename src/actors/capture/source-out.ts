/**
 * Where a source's blocks go: the ring to the sender, the ring to its local strip, or both. The block is made in the first ring
 * that has room and copied to the other.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { SourceStats } from "../../runtime/arena/pages.ts"
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import type { Dsp } from "../../runtime/dsp/dsp.ts"
import { createBlockWriter } from "../../runtime/ring/block-ring.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"

export interface SourceOut {
  readonly stats: Float64Array
  /** Byte address of the left plane to fill, or 0 when no ring has room (counted as overrun). Planes follow at `planeBytes`. */
  begin(): number
  readonly planeBytes: number
  /** Hands the block on; cells[0] = frame of the block's first frame, cells[1] = time of its last, us. */
  end(cells: Float64Array): void
}

export function createSourceOut(dsp: Dsp, memory: WebAssembly.Memory, plan: PartyPlan, index: number): SourceOut {
  const source = plan.sources[index]
  if (source === undefined) throw new Error("broken invariant: a source stands in the plan")
  const rings = [source.send, source.local].filter((ring) => ring !== undefined).map((ring) => createBlockWriter(memory, ring))
  const first = rings[0]
  if (first === undefined) throw new Error("broken invariant: a source is sent, local, or both")
  const second = rings[1]
  const { channelCount } = source
  const { planeBytes } = first
  const stats = openStats(memory, source.stats, SourceStats)
  let into = 0
  let viaSecond = false

  return {
    stats,
    planeBytes,
    /* @hot */
    begin() {
      viaSecond = false
      let slot = first.claim()
      if (slot < 0 && second !== undefined) {
        slot = second.claim()
        viaSecond = slot >= 0
        if (viaSecond) {
          into = second.address(slot)
          return into
        }
      }
      if (slot < 0) {
        stats[SourceStats.overruns] = (stats[SourceStats.overruns] as number) + 1
        return 0
      }
      into = first.address(slot)
      return into
    },
    /* @hot */
    end(cells) {
      stats[SourceStats.blocks] = (stats[SourceStats.blocks] as number) + 1
      if (second !== undefined && !viaSecond) {
        const slot = second.claim()
        if (slot >= 0) {
          const to = second.address(slot)
          for (let channel = 0; channel < channelCount; channel++) {
            dsp.copy(to + channel * planeBytes, into + channel * planeBytes, plan.blockFrames)
          }
          second.meta[0] = cells[0] as number
          second.meta[1] = cells[1] as number
          second.commit(0)
        } else stats[SourceStats.overruns] = (stats[SourceStats.overruns] as number) + 1
      }
      const main = viaSecond && second !== undefined ? second : first
      main.meta[0] = cells[0] as number
      main.meta[1] = cells[1] as number
      main.commit(0)
      if (viaSecond) stats[SourceStats.overruns] = (stats[SourceStats.overruns] as number) + 1
    },
  }
}
