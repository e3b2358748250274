/** Changes values of the running mix and of its jitter buffers, by the same paths, units and faults as the preset has. */
import { PresetError } from "../../runtime/errors.ts"
import { pushTarget, resolveTarget, type LiveTarget } from "../../runtime/graph/targets.ts"
import type { ParamSpec, PluginManifest } from "../../runtime/graph/plugin.ts"
import type { MixPlan } from "../../runtime/graph/plan.ts"
import { GAIN_SPEC, MUTE_SPEC, PAN_SPEC, parseSetting } from "../../runtime/preset/describe.ts"
import { parsePath } from "../../runtime/preset/path.ts"
import type { EventWriter } from "../../runtime/ring/event-ring.ts"
import type { JitterSettings } from "./jitter-settings.ts"

export interface LiveSettingsOptions {
  readonly plan: MixPlan
  readonly manifests: readonly PluginManifest[]
  readonly commands: EventWriter
  /** Who has which strip now. */
  readonly strips: () => ReadonlyMap<string, number>
  readonly jitter: Pick<JitterSettings, "set">
}

const specOf = (target: LiveTarget): ParamSpec => {
  switch (target.kind) {
    case "param": return target.spec
    case "strip pan": return PAN_SPEC
    case "strip mute":
    case "strip solo": return MUTE_SPEC
    default: return GAIN_SPEC
  }
}

const asNumber = (spec: ParamSpec, value: number | string | boolean): number => {
  if (spec.type === "choice") return spec.choices.indexOf(String(value))
  return Number(value)
}

/** Fails  PresetError: no such path, a value that does not fit */
export function createLiveSettings(options: LiveSettingsOptions): (path: string, value: string | number | boolean) => void {
  return (path, value) => {
    if (options.jitter.set(path, parsePath(path) ?? [], value)) return
    const resolution = resolveTarget({ plan: options.plan, manifests: options.manifests, strips: options.strips() }, path)
    if (!resolution.ok) throw new PresetError([resolution.fault])
    const spec = specOf(resolution.target)
    const reading = parseSetting(spec, value)
    if (!reading.ok) {
      throw new PresetError([{ path, expected: reading.expected, found: String(value), ...(reading.hint !== undefined && { hint: reading.hint }) }])
    }
    if (!pushTarget(options.commands, resolution.target, asNumber(spec, reading.value))) {
      throw new PresetError([{ path, expected: "a change now and then", found: "more changes at once than the mixer takes", hint: "Try again." }])
    }
  }
}
