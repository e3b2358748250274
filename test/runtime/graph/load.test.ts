import { Buffer } from "node:buffer"
import { describe, expect, it } from "vitest"
import { PluginError } from "../../../src/runtime/errors.ts"
import { chainLatencies, pathLatencies } from "../../../src/runtime/graph/latency.ts"
import { deactivateProcessors, loadProcessors } from "../../../src/runtime/graph/load.ts"
import { planMix } from "../../../src/runtime/graph/plan.ts"
import type { PluginModule, SetupContext } from "../../../src/runtime/graph/plugin.ts"
import { createPuppet, delay, scale, tap } from "./fakes.ts"
import { bus, preset, source, strip } from "./rig.ts"

const use = (id: string, params = {}) => ({ use: id, params })
const from = (...plugins: readonly PluginModule[]) => ({
  loadPlugin: async (id: string): Promise<PluginModule> => {
    const plugin = plugins.find((each) => each.manifest.id === id)
    if (plugin === undefined) throw new Error("no such module")
    return plugin
  },
  asset: async (id: string, name: string): Promise<Uint8Array> => Buffer.from(`${id}/${name}`),
})

describe("loadProcessors", () => {
  it("sets each slot up once and activates it for the channels that its chain may meet", async () => {
    const setups: SetupContext[] = []
    const activations: unknown[] = []
    const probe: PluginModule = {
      manifest: { ...scale.manifest, id: "probe" },
      setup: async (context) => {
        setups.push(context)
        return Buffer.from(await context.asset("table.bin")).toString()
      },
      activate: (context) => {
        activations.push([context.place, context.channelCount, context.shared, context.params["by"], context.blockFrames])
        return scale.activate!({ ...context, shared: undefined })
      },
    }
    const plan = planMix(preset({
      sources: [source("Ann", 1), source("Song")],
      strips: { "*": strip({ inserts: [use("probe", { by: 2 })] }) },
      master: bus({ inserts: [use("tap"), use("probe", { by: 3 })] }),
    }), [probe.manifest, tap.manifest])
    const processors = await loadProcessors(plan, from(probe, tap))
    expect(setups.length).toBe(3)
    expect(activations).toEqual([
      ["Ann", 1, "probe/table.bin", 2, 128],
      ["Song", 1, "probe/table.bin", 2, 128],
      ["Song", 2, "probe/table.bin", 2, 128],
      ["master", 2, "probe/table.bin", 3, 128],
    ])
    expect(processors.map((chain) => chain.map((slot) => [slot?.mono !== undefined, slot?.stereo !== undefined]))).toEqual([
      [[true, false]], [[true, true]], [[false, false], [false, true]],
    ])
  })

  const failing = (parts: Partial<PluginModule>): PluginModule => ({ ...scale, ...parts })
  const processor = { latencyFrames: 0, tailFrames: 0, process() {}, reset() {} }
  it.each<[string, PluginModule, string]>([
    ["cannot be set up", failing({ setup: () => Promise.reject(new Error("no table")) }), "no table"],
    ["throws in activate", failing({ activate: () => { throw new Error("no memory") } }), "no memory"],
    ["has no activate", { manifest: scale.manifest }, "an insert must have activate"],
    ["has no sensible latency", failing({ activate: () => ({ ...processor, latencyFrames: NaN }) }), "latencyFrames is NaN"],
    ["has no sensible tail", failing({ activate: () => ({ ...processor, tailFrames: -1 }) }), "tailFrames is -1"],
    ["speaks another api", failing({ manifest: { ...scale.manifest, api: 2 as 1 } }), "its api is 2"],
  ])("says where a plugin stands that %s", async (_name, plugin, message) => {
    const plan = planMix(preset({ buses: { hall: bus({ inserts: [use("scale")] }) } }), [scale.manifest])
    const failure = await loadProcessors(plan, from(plugin)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PluginError)
    expect((failure as PluginError).plugin).toBe("scale")
    expect((failure as PluginError).message).toContain(`mix.buses.hall.inserts[0] (hall): plugin "scale": ${message}`)
  })

  it("leaves nothing active when one of them fails, and all end when told", async () => {
    const puppet = createPuppet()
    const inserts = [use("puppet"), use("scale")]
    const plan = planMix(preset({ sources: [source("Ann")], strips: { Ann: strip({ inserts }) } }), [puppet.module.manifest, scale.manifest])
    await expect(loadProcessors(plan, from(puppet.module))).rejects.toThrow("no such module")
    expect(puppet.active).toBe(0)
    const processors = await loadProcessors(plan, from(puppet.module, scale))
    expect(puppet.active).toBe(2)
    deactivateProcessors(processors)
    expect(puppet.active).toBe(0)
  })
})

describe("latency", () => {
  it("adds up along every way", async () => {
    const plan = planMix(preset({
      sources: [source("Ann", 1), source("Song")],
      peers: 4,
      strips: {
        "*": strip({ inserts: [use("delay"), use("delay")] }), Song: strip(),
        Ann: strip({ inserts: [use("delay")], sends: { hall: 0 } }), Ben: strip(),
      },
      buses: { hall: bus({ inserts: [use("delay"), use("scale")] }), dry: bus() },
      master: bus({ inserts: [use("delay")] }),
    }), [delay.manifest, scale.manifest])
    const latencies = chainLatencies(await loadProcessors(plan, from(delay, scale)))
    expect(pathLatencies(plan, latencies)).toEqual([
      { kind: "local", strip: "Ann", frameCount: 256 },
      { kind: "local", strip: "Ann", bus: "hall", frameCount: 384 },
      { kind: "local", strip: "Song", frameCount: 128 },
      { kind: "seat", strip: "Ben", frameCount: 128 },
      { kind: "peer", strip: "*", frameCount: 384 },
    ])
  })
})
