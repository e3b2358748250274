import { describe, expect, it } from "vitest"
import { MixOp } from "../../../src/runtime/graph/commands.ts"
import { planMix } from "../../../src/runtime/graph/plan.ts"
import type { LiveMix } from "../../../src/runtime/graph/targets.ts"
import { pushTarget, resolveTarget } from "../../../src/runtime/graph/targets.ts"
import { delay, scale, tap } from "./fakes.ts"
import { bus, preset, source, strip } from "./rig.ts"

const manifests = [scale, delay, tap].map((plugin) => plugin.manifest)
const use = (id: string) => ({ use: id, params: {} })
const plan = planMix(preset({
  sources: [source("Ann", 1), source("St. Song")],
  peers: 3,
  strips: {
    "*": strip({ inserts: [use("delay"), use("scale")] }),
    Ann: strip({ inserts: [use("scale")] }),
    Ben: strip({ inserts: [use("tap"), use("scale")] }),
    Cleo: strip({ inserts: [use("scale")] }),
  },
  buses: { hall: bus({ inserts: [use("scale")] }), echo: bus() },
  master: bus({ inserts: [use("tap"), use("scale")] }),
}), manifests)
// Strips: 0 Ann, 1 St. Song, 2..4 peers. Seats: Ben 5, Cleo 6. Dave and Ben are here.
const mix: LiveMix = { plan, manifests, strips: new Map([["Ann", 0], ["St. Song", 1], ["Dave", 2], ["Ben", 3]]) }
const by = scale.manifest.params.by

describe("resolveTarget", () => {
  it.each([
    ["mix.strips.Ann.gain", { kind: "strip gain", strip: 0 }],
    ['mix.strips["St. Song"].pan', { kind: "strip pan", strip: 1 }],
    ["mix.strips.Dave.mute", { kind: "strip mute", strip: 2 }],
    ["mix.strips.Ben.solo", { kind: "strip solo", strip: 3 }],
    ["mix.strips.Cleo.gain", { kind: "strip gain", strip: 6 }],
    ["mix.strips.Ann.sends.hall", { kind: "strip send", strip: 0, bus: 0 }],
    ["mix.strips.Ann.inserts[0].by", { kind: "param", chain: 0, slot: 0, param: 0, spec: by }],
    ["mix.strips.Dave.inserts[1].by", { kind: "param", chain: 2, slot: 1, param: 0, spec: by }],
    ["mix.strips.Ben.inserts[1].by", { kind: "param", chain: 5, slot: 1, param: 0, spec: by }],
    ["mix.strips.Cleo.inserts[0].mode", { kind: "param", chain: 6, slot: 0, param: 1, spec: scale.manifest.params.mode }],
    ["mix.buses.echo.gain", { kind: "bus gain", bus: 1 }],
    ["mix.buses.hall.inserts[0].by", { kind: "param", chain: 7, slot: 0, param: 0, spec: by }],
    ["mix.master.gain", { kind: "master gain" }],
    ["mix.master.inserts[1].by", { kind: "param", chain: 9, slot: 1, param: 0, spec: by }],
  ])("finds %s", (path, target) => {
    expect(resolveTarget(mix, path)).toEqual({ ok: true, target })
  })

  it.each([
    ["mix.strips.Anne.gain", "a strip: Ann, St. Song, Dave, Ben or Cleo", '"Anne"', "Did you mean 'Ann'?"],
    ["mix.strips.Ann.gian", "gain, pan, mute, solo, jitter, sends or inserts", '"gian"', "Did you mean 'gain'?"],
    ["mix.strips.Ann.sends.hal", "a bus: hall or echo", '"hal"', "Did you mean 'hall'?"],
    ["mix.strips.Ann.sends", "a bus: hall or echo", "nothing", undefined],
    ["mix.strips.Ann.inserts[1].by", "inserts[0] to inserts[0]", "[1]", undefined],
    ["mix.strips.Ann.inserts[0].bye", "a parameter of scale: by, mode or label", '"bye"', "Did you mean 'by'?"],
    ["mix.strips.Ann.inserts[0].label", "a parameter that can change while the party runs", '"label"', undefined],
    ["mix.strips.Ann.gain.more", "gain, pan, mute, solo, jitter, sends or inserts", '"more"', undefined],
    ["mix.strips", "a strip: Ann, St. Song, Dave, Ben or Cleo", "nothing", undefined],
    ["mix.buses.haul.gain", "a bus: hall or echo", '"haul"', "Did you mean 'hall'?"],
    ["mix.buses.hall.pan", "gain or inserts", '"pan"', undefined],
    ["mix.buses.echo.inserts[0].by", "no inserts: there are none here", "[0]", undefined],
    ["mix.mastre.gain", "strips, buses or master", '"mastre"', "Did you mean 'master'?"],
    ["audio.rate", 'a path that begins with "mix" or "jitter": nothing else can change while the party runs', '"audio"', undefined],
    ["mix..gain", "a path, like mix.strips.Ann.gain", '"mix..gain"', undefined],
    ["mix.strips.__proto__.gain", "a strip: Ann, St. Song, Dave, Ben or Cleo", '"__proto__"', undefined],
    ["mix.strips.Ann.inserts[0].constructor", "a parameter of scale: by, mode or label", '"constructor"', undefined],
  ])("says what is wrong with %s", (path, expected, found, hint) => {
    expect(resolveTarget(mix, path)).toEqual({
      ok: false, fault: { path, expected, found, ...(hint === undefined ? {} : { hint }) },
    })
  })
})

describe("pushTarget", () => {
  it.each([
    ["mix.strips.Ann.gain", -20, [MixOp.stripGain, 0, 0.1, 0, 0, 0]],
    ["mix.strips.Ann.pan", -0.5, [MixOp.stripPan, 0, -0.5, 0, 0, 0]],
    ["mix.strips.Ann.mute", 1, [MixOp.stripMute, 0, 1, 0, 0, 0]],
    ["mix.strips.Ann.solo", 0, [MixOp.stripSolo, 0, 0, 0, 0, 0]],
    ["mix.strips.Cleo.sends.echo", 0, [MixOp.stripSend, 6, 1, 1, 0, 0]],
    ["mix.buses.hall.gain", -Infinity, [MixOp.busGain, 0, 0, 0, 0, 0]],
    ["mix.master.gain", 0, [MixOp.masterGain, 1, 0, 0, 0, 0]],
    ["mix.master.inserts[1].by", 3, [MixOp.param, 9, 1, 0, 3, 0]],
  ])("sends %s", (path, value, expected) => {
    const resolution = resolveTarget(mix, path)
    if (!resolution.ok) throw new Error(resolution.fault.found)
    const sent: number[][] = []
    expect(pushTarget({ push: (...record) => sent.push(record) > 0 }, resolution.target, value)).toBe(true)
    expect(sent).toEqual([expected])
  })
})
