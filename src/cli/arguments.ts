/** The flags that several commands share, read by the same rules as a preset's values. */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { readQuantity } from "../runtime/preset/units-syntax.ts"

/** Longer timers wrap in Node. Source: the timers' limit of 2^31 - 1 ms */
const longestSeconds = 2_147_483
const timeSpan = { unit: "s", min: 0.001, max: longestSeconds } as const

/** "20s", "500ms", "2m": ms. Fails  an Error that says what should have stood there */
export const readDuration = (text: string): number => {
  const reading = readQuantity(timeSpan, text.replace(/^([\d.]+) ?m$/i, "$1min"))
  if (reading.ok) return reading.value * 1000
  throw new Error(`${reading.expected}${reading.hint === undefined ? "" : `. ${reading.hint}`}`)
}

const whyNot = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const toggle = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(Flag.withoutNegation, Flag.withDefault(false), Flag.withDescription(description))

const duration = (name: string, description: string): Flag.Flag<number | undefined> =>
  Flag.String(name).pipe(
    Flag.mapTryCatch(readDuration, whyNot), Flag.optional, Flag.map(Option.getOrUndefined), Flag.withMetavar("DURATION"),
    Flag.withDescription(description))

export const flags = {
  for: duration("for", "Stop after this time: 20s, 2m, 500ms"),
  trace: Flag.String("trace").pipe(Flag.optional, Flag.map(Option.getOrUndefined), Flag.withMetavar("FILE"),
    Flag.withDescription("Write down all that the jitter buffers are given and do, for: wifi-party replay FILE")),
  traceLast: duration("trace-last", "As --trace, but keep only the last time: 5m"),
  set: Flag.String("set").pipe(
    Flag.atLeast(0), Flag.withMetavar("PATH=VALUE"),
    Flag.withDescription("Change a value of the preset, like mix.strips.Ann.gain=-6dB; may be repeated")),
  json: toggle("json", "Print JSON for scripts"),
  jsonLines: toggle("json", "Print one JSON object a line: events at once, statistics each second"),
  quiet: toggle("quiet", "Print only errors"),
  verbose: toggle("verbose", "Plain lines instead of the screen, and what the sound libraries print"),
  toggle,
  duration,
}

export const presetArgument = Argument.String("preset").pipe(
  Argument.withMetavar("PRESET"), Argument.withDescription("A preset's YAML file"))
