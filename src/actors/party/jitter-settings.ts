/**
 * How long each strip's stream should wait, as it stands now: what the preset said, and what was set since. A strip's own setting
 * is laid over the party's, key by key; a strip without one follows the party's. Pure but for `changed` and `tell`.
 *
 * Thread: main      Realtime: no
 */
import { PresetError, type Fault } from "../../runtime/errors.ts"
import { JITTER_POLICIES } from "../../runtime/jitter/delay-target.ts"
import { JITTER_SPECS, parseSetting } from "../../runtime/preset/describe.ts"
import { jitterFault, jitterToText, LOCAL_JITTER, mergeJitter, mostDelayMs, overJitter } from "../../runtime/preset/jitter.ts"
import { didYouMean, orList } from "../../runtime/preset/nearest.ts"
import type { Path } from "../../runtime/preset/path.ts"
import type { JitterChange, JitterSpec, Preset } from "../../runtime/preset/preset.ts"

type JitterKey = keyof typeof JITTER_SPECS
const KEYS = Object.keys(JITTER_SPECS) as readonly JitterKey[]
/** In place of a policy: the strip's own setting goes, it follows the party's again. */
const AS_THE_PARTY = "party"
const EVERY_STRIP = "*"

export interface JitterSettings {
  /** What holds for the strip of that name. */
  inForce(strip: string): JitterSpec
  /** Whether the strip has a setting of its own, or that of "*", rather than the party's. */
  isOwn(strip: string): boolean
  /**
   * Sets what a path below `jitter` or `mix.strips.NAME.jitter` means; false: it is another path.
   * Fails  PresetError, and changes nothing
   */
  set(path: string, steps: Path, value: string | number | boolean): boolean
}

export interface JitterSettingsOptions {
  readonly preset: Preset
  /** Names that strips have now; the preset's named strips need not be here. */
  readonly strips: () => readonly string[]
  readonly changed: () => void
  readonly tell: (subject: string, text: string, data: Readonly<Record<string, number | string | boolean>>) => void
}

/** The longest that anything of a party may wait in a jitter buffer, ms. A policy may be changed while it runs. */
export const mostWaitMs = ({ jitter: { setting }, mix }: Preset): number => {
  const strips = Object.values(mix.strips).map((strip) => mostDelayMs(overJitter(setting, strip.jitter)))
  return Math.max(JITTER_POLICIES.safe.maxDelayMs, mostDelayMs(setting), ...strips)
}

const asChange = (key: JitterKey, value: string | number): JitterChange => {
  if (key === "policy") return { policy: JITTER_SPECS.policy.choices.find((choice) => choice === value) ?? JITTER_SPECS.policy.default }
  if (key === "delay") return { delayMs: Number(value) }
  return key === "min" ? { minMs: Number(value) } : { maxMs: Number(value) }
}

export function createJitterSettings({ preset, strips, changed, tell }: JitterSettingsOptions): JitterSettings {
  let party = preset.jitter.setting
  const own = new Map<string, JitterChange>()
  for (const [name, { jitter }] of Object.entries(preset.mix.strips)) if (jitter !== undefined) own.set(name, jitter)
  const locals = new Set(preset.sources.flatMap((source) => (source.local ? [source.name] : [])))

  const withoutOwn = (strip: string): JitterSpec => (locals.has(strip) ? LOCAL_JITTER : party)
  const ownOf = (strip: string): JitterChange | undefined => own.get(strip) ?? own.get(EVERY_STRIP)
  const inForce = (strip: string): JitterSpec => overJitter(withoutOwn(strip), ownOf(strip))

  const refuse = (fault: Fault): never => {
    throw new PresetError([fault])
  }

  /** Where a path leads: a key of the party's, of a strip's, or nowhere. */
  const resolve = (path: string, steps: Path): { readonly strip?: string; readonly key: JitterKey } | undefined => {
    const inStrip = steps[0] === "mix" && steps[1] === "strips" && steps[3] === "jitter"
    if (!inStrip && steps[0] !== "jitter") return undefined
    const [step, ...beyond] = steps.slice(inStrip ? 4 : 1)
    const key = KEYS.find((each) => each === step)
    if (key === undefined || beyond.length > 0) {
      const wrong = key === undefined ? step : beyond.at(-1)
      const hint = wrong === "threads" ? "Threads are fixed at the start: change them in the preset." : didYouMean(String(wrong ?? ""), KEYS)
      return refuse({ path, expected: orList(KEYS), found: wrong === undefined ? "nothing" : `"${wrong}"`, ...(hint !== undefined && { hint }) })
    }
    if (!inStrip) return { key }
    const names = [...new Set([...strips(), ...Object.keys(preset.mix.strips)])]
    const strip = String(steps[2])
    if (names.includes(strip)) return { strip, key }
    const hint = didYouMean(strip, names)
    return refuse({ path, expected: `a strip: ${orList(names)}`, found: `"${strip}"`, ...(hint !== undefined && { hint }) })
  }

  /** A change to what is its place's own: only a kept delay and a policy replace each other. */
  const ownAfter = (before: JitterChange | undefined, change: JitterChange): JitterChange => mergeJitter(before, change) ?? change

  const setParty = (path: string, change: JitterChange, found: string): void => {
    const fault = jitterFault(party, change)
    if (fault !== undefined) refuse({ path, expected: fault.expected, found, ...(fault.hint !== undefined && { hint: fault.hint }) })
    party = overJitter(party, change)
  }

  const setStrip = (path: string, strip: string, change: JitterChange, found: string): void => {
    const fault = jitterFault(inForce(strip), change)
    if (fault !== undefined) refuse({ path, expected: fault.expected, found, ...(fault.hint !== undefined && { hint: fault.hint }) })
    own.set(strip, ownAfter(ownOf(strip), change))
  }

  return {
    inForce,
    isOwn: (strip) => ownOf(strip) !== undefined,
    set(path, steps, value) {
      const place = resolve(path, steps)
      if (place === undefined) return false
      const { strip, key } = place
      const holds = (): JitterSpec => (strip === undefined ? party : inForce(strip))
      const before = holds()
      if (strip !== undefined && key === "policy" && value === AS_THE_PARTY) own.delete(strip)
      else {
        const spec = JITTER_SPECS[key]
        const reading = parseSetting(spec, value)
        if (!reading.ok) {
          const policies = strip !== undefined && key === "policy" ? [...JITTER_SPECS.policy.choices, AS_THE_PARTY] : undefined
          const expected = policies === undefined ? reading.expected : orList(policies)
          return refuse({ path, expected, found: String(value), ...(reading.hint !== undefined && { hint: reading.hint }) })
        }
        const change = asChange(key, typeof reading.value === "boolean" ? String(reading.value) : reading.value)
        if (strip === undefined) setParty(path, change, String(value))
        else setStrip(path, strip, change, String(value))
      }
      changed()
      const now = holds()
      tell(strip ?? preset.party, `jitter ${jitterToText(now)}, was ${jitterToText(before)}`, { path, value })
      return true
    },
  }
}
