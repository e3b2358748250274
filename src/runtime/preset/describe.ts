/**
 * Reads and writes single values by their parameter specification: the same rules for the preset, for plugins and for what is
 * changed while the party runs. Thread: any      Realtime: no
 */
import type { ChoiceParam, NumberParam, ParamSpec, ParamValue, SwitchParam } from "../graph/plugin.ts"
import { MOST_DELAY_MS } from "../jitter/delay-target.ts"
import type { Reading } from "./reading.ts"
import { accept, readChoice, readSwitch, readText, refuse } from "./reading.ts"
import { quantityToText, readQuantity } from "./units-syntax.ts"

/** Gain of a strip, bus, source or send, dB; -Infinity is off. */
export const GAIN_SPEC: NumberParam = { type: "number", unit: "dB", min: -Infinity, max: 24, default: 0, doc: "Level; off or -inf is silence." }
/** -1 is left, 1 is right. */
export const PAN_SPEC: NumberParam = { type: "number", unit: "none", min: -1, max: 1, default: 0, doc: "Place between left (-1) and right (1)." }
export const MUTE_SPEC: SwitchParam = { type: "switch", default: false, doc: "Silences the strip." }
export const TONE_SPEC: NumberParam = { type: "number", unit: "Hz", min: 1, max: 20_000, default: 440, doc: "Frequency of a test tone." }

const waits = (byDefault: number, doc: string): NumberParam => ({ type: "number", unit: "ms", min: 0, max: MOST_DELAY_MS, default: byDefault, doc })
export const POLICY_SPEC = {
  type: "choice", choices: ["tight", "steady", "safe"], default: "steady",
  doc: "What counts more: little delay (tight), no gaps (safe), or both alike (steady).",
} as const satisfies ChoiceParam
/** What can be set of a jitter buffer. */
export const JITTER_SPECS = {
  policy: POLICY_SPEC,
  min: waits(0, "The delay is never less."),
  max: waits(MOST_DELAY_MS, "The delay is never more."),
  delay: waits(10, "A delay that is kept, whatever the network does."),
} as const

/** What can be set on a strip beside its inserts; `sends.BUS` goes by GAIN_SPEC, a bus and the master have only `gain`. */
export const STRIP_SPECS = { gain: GAIN_SPEC, pan: PAN_SPEC, mute: MUTE_SPEC } as const

/** Writes a value as a preset would: `-3dB`, `180ms`, `true`, `plate`. */
export const parameterToText = (spec: ParamSpec, value: ParamValue): string =>
  spec.type === "number" && typeof value === "number" ? quantityToText(spec.unit, value) : String(value)

/**
 * Reads a parameter as it stands in a preset: numbers carry their unit.
 * raw   what the YAML holds, of any type
 */
export const parseParameter = (spec: ParamSpec, raw: unknown): Reading<ParamValue> => {
  switch (spec.type) {
    case "number":
      return readQuantity(spec, raw)
    case "choice":
      return readChoice(spec.choices)(raw)
    case "switch":
      return readSwitch(raw)
    case "text":
      return raw === "" ? accept("") : readText("a text")(raw)
  }
}

const TRUTH: Readonly<Record<string, boolean>> = { true: true, false: false }

/**
 * Reads a value that is to be set while audio runs: as in a preset, and a plain number is in the parameter's own unit, and
 * `"true"` and `"false"` are switches too. A text is refused, being fixed when the party starts.
 */
export const parseSetting = (spec: ParamSpec, value: string | number | boolean): Reading<number | string | boolean> => {
  switch (spec.type) {
    case "number":
      return readQuantity(spec, value, "own unit")
    case "switch":
      return readSwitch(typeof value === "string" && Object.hasOwn(TRUTH, value) ? TRUTH[value] : value)
    case "text":
      return refuse("a parameter that can change while the party runs", "This one is fixed at the start: change it in the preset.")
    case "choice":
      return parseParameter(spec, value)
  }
}
