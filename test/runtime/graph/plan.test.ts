import { describe, expect, it } from "vitest"
import { PluginError } from "../../../src/runtime/errors.ts"
import { planRendererMemory } from "../../../src/runtime/graph/layout.ts"
import { planMix, tapRingBlocks } from "../../../src/runtime/graph/plan.ts"
import { delay, scale, tap } from "./fakes.ts"
import { bus, preset, source, strip } from "./rig.ts"

const manifests = [scale, delay, tap].map((plugin) => plugin.manifest)
const use = (id: string) => ({ use: id, params: {} })

describe("planMix", () => {
  const plan = planMix(preset({
    sources: [source("Ann", 1), { ...source("Song"), send: true }, { ...source("Away", 1), local: false, send: true }],
    peers: 2,
    strips: {
      "*": strip({ inserts: [use("scale")] }),
      Ann: strip({ gainDb: -3, inserts: [use("delay"), use("tap")], sends: { hall: -12 } }),
      Away: strip({ inserts: [use("tap")] }),
      Ben: strip({ pan: 0.5 }),
    },
    buses: { hall: bus({ inserts: [use("delay")] }), dry: bus() },
    master: bus({ inserts: [use("scale"), use("tap")] }),
  }), manifests)

  it("puts local sources first, then the peers' slots, and leaves out what is not local", () => {
    expect(plan.strips.map(({ kind, name }) => [kind, name])).toEqual([
      ["local", "Ann"], ["local", "Song"], ["peer", "peer 1"], ["peer", "peer 2"],
    ])
    expect(plan.strips.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  })

  it("gives a strip its own spec, or that of *", () => {
    expect(plan.strips.map(({ spec }) => [spec.gainDb, spec.inserts.length])).toEqual([[-3, 2], [0, 1], [0, 1], [0, 1]])
  })

  it("makes a seat of every named strip that is no local source", () => {
    expect(plan.seats.map(({ name, spec }) => [name, spec.pan])).toEqual([["Away", 0], ["Ben", 0.5]])
  })

  it.each([
    [0, "strip", "Ann", ["delay", "tap"], [1]],
    [1, "strip", "Song", ["scale"], [1, 2]],
    [2, "strip", "peer 1", ["scale"], [1, 2]],
    [3, "strip", "peer 2", ["scale"], [1, 2]],
    [4, "seat", "Away", ["tap"], [1, 2]],
    [5, "seat", "Ben", [], [1, 2]],
    [6, "bus", "hall", ["delay"], [2]],
    [7, "bus", "dry", [], [2]],
    [8, "master", "master", ["scale", "tap"], [2]],
  ])("chain %i is of the %s %s", (index, kind, place, plugins, channelCounts) => {
    const chain = plan.chains[index]!
    expect([chain.index, chain.owner.kind, chain.place]).toEqual([index, kind, place])
    expect(chain.slots.map((slot) => slot.pluginId)).toEqual(plugins)
    expect(chain.channelCounts).toEqual(channelCounts)
  })

  it("numbers taps over the whole plan and says where each is", () => {
    expect(plan.taps.map((each) => [each.index, each.place, each.owner.kind, each.owner.index, each.chain, each.slot])).toEqual([
      [0, "Ann", "strip", 0, 0, 1], [1, "Away", "seat", 0, 4, 0], [2, "master", "master", 0, 8, 1],
    ])
    expect(plan.chains.flatMap((chain) => chain.slots.map((slot) => slot.tap)).filter((number) => number >= 0)).toEqual([0, 1, 2])
    expect(plan.chains[8]!.slots[1]!.path).toBe("mix.master.inserts[1]")
    expect(plan.chains[1]!.slots[0]!.path).toBe("mix.strips.*.inserts[0]")
  })

  it("sizes a tap's ring as a power of two that holds its seconds", () => {
    expect(tapRingBlocks(plan, plan.taps[0]!)).toBe(64)
  })

  it("gives peers no chain when * has no inserts", () => {
    expect(planMix(preset({ peers: 2 }), []).strips.map(({ chain }) => chain)).toEqual([-1, -1])
  })

  it("fills in the parameters that are not said", () => {
    const master = bus({ inserts: [{ use: "scale", params: { by: 3 } }] })
    expect(planMix(preset({ master }), manifests).chains[0]!.slots[0]!.params).toEqual({ by: 3, mode: "plain", label: "" })
  })

  it("is plain data", () => {
    expect(structuredClone(plan)).toEqual(plan)
  })

  it("names the place of a plugin that there is not", () => {
    const broken = preset({ master: bus({ inserts: [use("ekko")] }) })
    expect(() => planMix(broken, manifests)).toThrow(PluginError)
    expect(() => planMix(broken, manifests)).toThrow('mix.master.inserts[0]: there is no plugin "ekko"')
  })
})

describe("planRendererMemory", () => {
  it("plans the same size at any base, every address inside and none twice", () => {
    const plan = planMix(preset({ sources: [source("Ann")], peers: 3, buses: { hall: bus({ inserts: [use("delay")] }) } }), manifests)
    const layout = planRendererMemory(plan, 6400)
    expect(layout.bytes).toBe(planRendererMemory(plan).bytes)
    const addresses = [
      layout.rows, layout.meter, layout.mix, layout.master, layout.masterPage, ...layout.buses, ...layout.chains.filter((at) => at >= 0),
      ...layout.stripPages, ...layout.busPages, ...layout.slotPages.flat(),
    ]
    expect(new Set(addresses).size).toBe(addresses.length)
    for (const at of addresses) {
      expect(at % 64).toBe(0)
      expect(at).toBeGreaterThanOrEqual(6400)
      expect(at).toBeLessThan(6400 + layout.bytes)
    }
  })
})
