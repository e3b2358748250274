import { describe, expect, it } from "vitest"
import { createSourceOut } from "../../../src/actors/capture/source-out.ts"
import { SourceStats, MixerStats, NetStats, OutputStats, PeerStats, StreamStats } from "../../../src/runtime/arena/pages.ts"
import { planParty, type PartyPlan } from "../../../src/runtime/arena/party-plan.ts"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { JitterStats } from "../../../src/runtime/jitter/jitter-stats.ts"
import { createBlockReader, type BlockReader } from "../../../src/runtime/ring/block-ring.ts"
import { twinSide } from "../../runtime/dsp/kernels.ts"

const BLOCK = 64
/** Blocks that a source's ring holds. */
const CAPACITY = 64

const make = (send: boolean, local: boolean, channelCount = 2) => {
  const plan: PartyPlan = planParty({
    baseBytes: ARENA_BASE_BYTES, rateHz: 48_000, blockFrames: BLOCK, sources: [{ channelCount, send, local }], peerCount: 0, outputCount: 0,
    taps: [], threadIds: [], jitterThreadCount: 0, rendererBytes: 0, jitterStoreBytes: 0, jitterWishBytes: 64,
    stats: { source: SourceStats, stream: StreamStats, peer: PeerStats, jitter: JitterStats, mixer: MixerStats, output: OutputStats, net: NetStats },
  })
  const side = twinSide(createArenaMemory(plan.bytes))
  const { memory, f32 } = side
  const out = createSourceOut(side.dsp, memory, plan, 0)
  const [sent, heard] = [plan.sources[0]!.send, plan.sources[0]!.local].map((ring) => (ring === undefined ? undefined : createBlockReader(memory, ring)))
  let count = 0
  /** Makes the next block; false when no ring has room. */
  const produce = (): boolean => {
    const into = out.begin()
    const made = count++
    if (into === 0) return false
    for (let channel = 0; channel < channelCount; channel++) {
      const at = (into + channel * out.planeBytes) >> 2
      for (let i = 0; i < BLOCK; i++) f32[at + i] = made * 100 + channel * 10_000 + i
    }
    out.end(Float64Array.of(made * BLOCK, made + 0.5))
    return true
  }
  /** The numbers of all blocks in a ring, each checked whole; empties it. */
  const drain = (reader: BlockReader | undefined): number[] => {
    const numbers: number[] = []
    for (let slot = reader?.peek() ?? -1; slot >= 0; slot = reader?.peek() ?? -1) {
      reader!.read(slot)
      const made = reader!.meta[0]! / BLOCK
      expect(reader!.meta[1]).toBe(made + 0.5)
      for (let channel = 0; channel < channelCount; channel++) {
        const at = (reader!.address(slot) + channel * reader!.planeBytes) >> 2
        expect([f32[at], f32[at + BLOCK - 1]]).toEqual([made * 100 + channel * 10_000, made * 100 + channel * 10_000 + BLOCK - 1])
      }
      numbers.push(made)
      reader!.release()
    }
    return numbers
  }
  const stat = (name: "blocks" | "overruns"): number => out.stats[SourceStats[name]]!
  return { plan, out, produce, sent, heard, drain, stat }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe("a source's blocks", () => {
  it.each([
    ["to the sender", true, false], ["to the local strip", false, true], ["to both", true, true],
  ] as const)("go %s", (_, send, local) => {
    for (const channelCount of [1, 2]) {
      const { produce, drain, sent, heard, stat } = make(send, local, channelCount)
      for (let i = 0; i < 10; i++) expect(produce()).toBe(true)
      expect([drain(sent), drain(heard)]).toEqual([send ? upTo(10) : [], local ? upTo(10) : []])
      expect([stat("blocks"), stat("overruns")]).toEqual([10, 0])
    }
  })

  it("that find no room anywhere are refused, and each is counted once", () => {
    const { produce, drain, sent, stat } = make(true, false)
    for (let i = 0; i < CAPACITY; i++) expect(produce()).toBe(true)
    for (let i = 0; i < 5; i++) expect(produce()).toBe(false)
    expect([stat("blocks"), stat("overruns")]).toEqual([CAPACITY, 5])
    expect(drain(sent)).toEqual(upTo(CAPACITY))
    expect(produce()).toBe(true)
    expect(drain(sent)).toEqual([CAPACITY + 5])
  })

  it.each(["sent", "heard"] as const)("still go on while nobody takes what is %s", (stuck) => {
    const ends = make(true, true)
    const { produce, drain, stat } = ends
    const free = stuck === "sent" ? ends.heard : ends.sent
    for (let i = 0; i < CAPACITY + 20; i++) {
      expect(produce()).toBe(true)
      expect(drain(free)).toEqual([i])
    }
    expect([stat("blocks"), stat("overruns")]).toEqual([CAPACITY + 20, 20])
    expect(drain(ends[stuck])).toEqual(upTo(CAPACITY))
    // Both again.
    produce()
    expect([drain(ends.sent), drain(ends.heard)]).toEqual([[CAPACITY + 20], [CAPACITY + 20]])
  })

  it("are refused when both rings are full", () => {
    const { produce, stat } = make(true, true)
    for (let i = 0; i < CAPACITY; i++) produce()
    expect([produce(), produce()]).toEqual([false, false])
    expect([stat("blocks"), stat("overruns")]).toEqual([CAPACITY, 2])
  })
})

it("asks for a source that is in the plan and goes somewhere", () => {
  const { plan } = make(true, true)
  const side = twinSide()
  expect(() => createSourceOut(side.dsp, side.memory, plan, 1)).toThrow("stands in the plan")
  expect(() => make(false, false)).toThrow("sent, local, or both")
})
