/**
 * Finds what a live path means: `mix.strips.Ann.gain`, `mix.strips.Ann.inserts[0].wet`, `mix.buses.hall.gain`, `mix.master.gain`.
 * Pure; peers come and go, so who has which strip at the moment is given.
 *
 * Thread: control      Realtime: no
 */
import type { Fault } from "../errors.ts"
import { didYouMean, orList } from "../preset/nearest.ts"
import { parsePath } from "../preset/path.ts"
import type { EventWriter } from "../ring/event-ring.ts"
import { dbToGain } from "../units.ts"
import {
  pushBusGain, pushMasterGain, pushParam, pushStripGain, pushStripMute, pushStripPan, pushStripSend, pushStripSolo, seatNumber,
} from "./commands.ts"
import type { MixPlan } from "./plan.ts"
import type { ParamSpec, PluginManifest } from "./plugin.ts"

/** What a path is about, in the numbers of commands.ts. */
export type LiveTarget =
  | { readonly kind: "strip gain" | "strip pan" | "strip mute" | "strip solo"; readonly strip: number }
  | { readonly kind: "strip send"; readonly strip: number; readonly bus: number }
  | { readonly kind: "bus gain"; readonly bus: number }
  | { readonly kind: "master gain" }
  | { readonly kind: "param"; readonly chain: number; readonly slot: number; readonly param: number; readonly spec: ParamSpec }

export type Resolution = { readonly ok: true; readonly target: LiveTarget } | { readonly ok: false; readonly fault: Fault }

export interface LiveMix {
  readonly plan: MixPlan
  readonly manifests: readonly PluginManifest[]
  /** Index of the strip that has a name now: local sources, and peers that are here. Seats need not be named. */
  readonly strips: ReadonlyMap<string, number>
}

type Step = string | number | undefined

const found = (target: LiveTarget): Resolution => ({ ok: true, target })

const missing = (path: string, expected: string, step: Step, known: readonly string[] = []): Resolution => {
  const hint = typeof step === "string" ? didYouMean(step, known) : undefined
  const what = step === undefined ? "nothing" : typeof step === "number" ? `[${step}]` : `"${step}"`
  return { ok: false, fault: { path, expected, found: what, ...(hint === undefined ? {} : { hint }) } }
}

const among = (what: string, names: readonly string[]): string =>
  (names.length === 0 ? `${what} (there is none)` : `${what}: ${orList(names)}`)

const resolveParam = (mix: LiveMix, path: string, chain: number, rest: readonly (string | number)[]): Resolution => {
  const [slot, name, ...beyond] = rest
  const slots = mix.plan.chains[chain]?.slots ?? []
  const plan = typeof slot === "number" ? slots[slot] : undefined
  if (plan === undefined || typeof slot !== "number") {
    const expected = slots.length === 0 ? "no inserts: there are none here" : `inserts[0] to inserts[${slots.length - 1}]`
    return missing(path, expected, slot)
  }
  const params = mix.manifests.find((manifest) => manifest.id === plan.pluginId)?.params ?? {}
  const names = Object.keys(params)
  const spec = typeof name === "string" && Object.hasOwn(params, name) ? params[name] : undefined
  if (spec === undefined || beyond.length > 0) {
    return missing(path, among(`a parameter of ${plan.pluginId}`, names), beyond.length > 0 ? beyond[0] : name, names)
  }
  if (plan.tap >= 0 || spec.type === "text") {
    return missing(path, "a parameter that can change while the party runs", name)
  }
  return found({ kind: "param", chain, slot, param: names.indexOf(name as string), spec })
}

/** `jitter` is no matter of the mix and never comes here. */
const STRIP_KEYS = ["gain", "pan", "mute", "solo", "jitter", "sends", "inserts"] as const
const BUS_KEYS = ["gain", "inserts"] as const

const resolveStrip = (mix: LiveMix, path: string, rest: readonly (string | number)[]): Resolution => {
  const { plan, strips } = mix
  const [name, key, ...beyond] = rest
  const names = [...new Set([...strips.keys(), ...plan.seats.map((each) => each.name)])]
  const seat = plan.seats.find((each) => each.name === name)
  const strip = strips.get(String(name)) ?? (seat === undefined ? undefined : seatNumber(plan, seat.index))
  if (strip === undefined || typeof name !== "string") return missing(path, among("a strip", names), name, names)
  if (key === "inserts") return resolveParam(mix, path, (seat ?? plan.strips[strip])?.chain ?? -1, beyond)
  if (key === "sends" && beyond.length <= 1) {
    const buses = plan.buses.map((bus) => bus.name)
    const bus = buses.findIndex((each) => each === beyond[0])
    return bus < 0 ? missing(path, among("a bus", buses), beyond[0], buses) : found({ kind: "strip send", strip, bus })
  }
  if (beyond.length === 0 && (key === "gain" || key === "pan" || key === "mute" || key === "solo")) {
    return found({ kind: `strip ${key}`, strip })
  }
  return missing(path, orList(STRIP_KEYS), beyond.length === 0 ? key : beyond.at(-1), STRIP_KEYS)
}

const resolveBus = (mix: LiveMix, path: string, rest: readonly (string | number)[]): Resolution => {
  const [name, key, ...beyond] = rest
  const buses = mix.plan.buses.map((each) => each.name)
  const bus = mix.plan.buses.find((each) => each.name === name)
  if (bus === undefined) return missing(path, among("a bus", buses), name, buses)
  if (key === "inserts") return resolveParam(mix, path, bus.chain, beyond)
  if (key === "gain" && beyond.length === 0) return found({ kind: "bus gain", bus: bus.index })
  return missing(path, orList(BUS_KEYS), beyond.length === 0 ? key : beyond[0], BUS_KEYS)
}

const resolveMaster = (mix: LiveMix, path: string, rest: readonly (string | number)[]): Resolution => {
  const [key, ...beyond] = rest
  if (key === "inserts") return resolveParam(mix, path, mix.plan.master.chain, beyond)
  if (key === "gain" && beyond.length === 0) return found({ kind: "master gain" })
  return missing(path, orList(BUS_KEYS), beyond.length === 0 ? key : beyond[0], BUS_KEYS)
}

/**
 * Resolves a live path.
 *
 * path     names with other signs in them as `mix.strips["St. Ann"].gain`
 * Returns  the target, or what is wrong with the path
 */
export function resolveTarget(mix: LiveMix, path: string): Resolution {
  const steps = parsePath(path)
  if (steps === undefined) return missing(path, "a path, like mix.strips.Ann.gain", path)
  const [root, part, ...rest] = steps
  const parts = ["strips", "buses", "master"] as const
  if (root !== "mix") {
    return missing(path, 'a path that begins with "mix" or "jitter": nothing else can change while the party runs', root, ["mix", "jitter"])
  }
  switch (part) {
    case "strips": return resolveStrip(mix, path, rest)
    case "buses": return resolveBus(mix, path, rest)
    case "master": return resolveMaster(mix, path, rest)
    default: return missing(path, orList(parts), part, parts)
  }
}

/**
 * Sends a target its new value.
 *
 * value    dB for gains and sends, -1..1 for a pan, 0 or 1 for a switch, for a parameter what pushParam takes
 * Returns  false when the ring is full
 */
export function pushTarget(writer: EventWriter, target: LiveTarget, value: number): boolean {
  switch (target.kind) {
    case "strip gain": return pushStripGain(writer, target.strip, dbToGain(value))
    case "strip pan": return pushStripPan(writer, target.strip, value)
    case "strip mute": return pushStripMute(writer, target.strip, value !== 0)
    case "strip solo": return pushStripSolo(writer, target.strip, value !== 0)
    case "strip send": return pushStripSend(writer, target.strip, target.bus, dbToGain(value))
    case "bus gain": return pushBusGain(writer, target.bus, dbToGain(value))
    case "master gain": return pushMasterGain(writer, dbToGain(value))
    case "param": return pushParam(writer, target.chain, target.slot, target.param, value)
  }
}
