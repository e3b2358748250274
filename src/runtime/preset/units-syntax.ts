/**
 * How quantities are written: a number and its unit, `180ms`, `-3dB`, `1.2kHz`, `30%`. Plain numbers stand only for what has no
 * unit. Upper and lower case alike, one space allowed between number and unit. Thread: any      Realtime: no
 */
import type { ParamUnit } from "../graph/plugin.ts"
import type { Reading } from "./reading.ts"
import { accept, refuse } from "./reading.ts"

/** What a table of our own says of a word of others: nothing that objects have by nature. */
const lookUp = <A>(table: Readonly<Record<string, A>>, word: string): A | undefined => (Object.hasOwn(table, word) ? table[word] : undefined)

/** What is measured, in one unit: how to name it, how to show it, which spellings stand for how much. */
interface Quantity {
  readonly noun: string
  readonly example: string
  /** The unit proposed to who forgot it, and printed. */
  readonly unit: string
  /** Lower case spelling to how much of the unit it is. */
  readonly spellings: Readonly<Record<string, number>>
}

const QUANTITIES: Readonly<Record<ParamUnit, Quantity>> = {
  dB: { noun: "a gain", example: "-3dB", unit: "dB", spellings: { db: 1 } },
  ms: { noun: "a duration", example: "180ms", unit: "ms", spellings: { us: 1e-3, "µs": 1e-3, "μs": 1e-3, ms: 1, s: 1e3, min: 6e4 } },
  s: { noun: "a duration", example: "1.5s", unit: "s", spellings: { us: 1e-6, "µs": 1e-6, "μs": 1e-6, ms: 1e-3, s: 1, min: 60 } },
  Hz: { noun: "a frequency", example: "440Hz", unit: "Hz", spellings: { hz: 1, khz: 1e3 } },
  percent: { noun: "a percentage", example: "30%", unit: "%", spellings: { "%": 1 } },
  semitones: { noun: "an interval", example: "2st", unit: "st", spellings: { st: 1, ct: 0.01, cents: 0.01 } },
  cents: { noun: "an interval", example: "50ct", unit: "ct", spellings: { ct: 1, cents: 1, st: 100 } },
  bpm: { noun: "a tempo", example: "120bpm", unit: "bpm", spellings: { bpm: 1 } },
  ratio: { noun: "a number", example: "0.3", unit: "", spellings: { "": 1, "%": 0.01 } },
  none: { noun: "a number", example: "0.3", unit: "", spellings: { "": 1 } },
}

/** Long and foreign spellings, only to propose the right one. */
const MEANT: Readonly<Record<string, string>> = {
  sec: "s", secs: "s", second: "s", seconds: "s", msec: "ms", msecs: "ms", millis: "ms", milliseconds: "ms", usec: "us", usecs: "us",
  minute: "min", minutes: "min", m: "ms", d: "dB", decibel: "dB", decibels: "dB", dbfs: "dB", h: "Hz", hertz: "Hz", k: "kHz",
  kilohertz: "kHz", percent: "%", pct: "%", semitone: "st", semitones: "st", semi: "st", cent: "ct",
}

/** Where lower case is not how it is written. */
const WRITTEN: Readonly<Record<string, string>> = { db: "dB", hz: "Hz", khz: "kHz" }

const NUMBER_AND_UNIT = /^([+-]?(?:\d+\.?\d*|\.\d+)) ?([a-zµμ%]*)$/i
/** Twelve digits: hides the binary dust of 0.1 * 3, keeps all that anybody writes. */
const tidy = (value: number): number => Number(value.toPrecision(12)) + 0

export interface QuantityRange {
  readonly unit: ParamUnit
  readonly min: number
  readonly max: number
}

const trim = (value: number): string => String(Number(value.toFixed(3)) + 0)

/** Writes a value as a preset would: `-3dB`, `off`, `1.5s`, `1.2kHz`, `0.3`. At most three decimals. */
export const quantityToText = (unit: ParamUnit, value: number): string => {
  if (value === -Infinity) return unit === "dB" ? "off" : "-inf"
  if (unit === "ms" && value >= 1000 && value % 10 === 0) return `${trim(value / 1000)}s`
  if (unit === "Hz" && value >= 1000 && value % 10 === 0) return `${trim(value / 1000)}kHz`
  return `${trim(value)}${QUANTITIES[unit].unit}`
}

const rangeText = ({ unit, min, max }: QuantityRange): string => {
  const { noun } = QUANTITIES[unit]
  if (min === -Infinity && max === Infinity) return noun
  if (max === Infinity) return `${noun} of at least ${quantityToText(unit, min)}`
  if (min === -Infinity) return `${noun} of at most ${quantityToText(unit, max)}`
  return `${noun} from ${quantityToText(unit, min)} to ${quantityToText(unit, max)}`
}

const inRange = (range: QuantityRange, value: number): Reading<number> =>
  value >= range.min && value <= range.max ? accept(value) : refuse(rangeText(range))

/** What a value without a usable unit should have looked like. */
const shape = ({ noun, example, unit }: Quantity): string => `${noun}${unit === "" ? "" : " with its unit"}, like ${example}`

/** `1,5 sec` and `−3 dB` as they were meant; undefined where no guess is good. */
const proposal = (quantity: Quantity, text: string): string | undefined => {
  const match = NUMBER_AND_UNIT.exec(text.trim().replace(/[−–]/u, "-").replace(",", ".").replace(/\s+/gu, " "))
  if (match === null) return undefined
  const spelled = (match[2] ?? "").toLowerCase()
  const meant = (spelled === "" ? quantity.unit : lookUp(MEANT, spelled) ?? spelled).toLowerCase()
  if (lookUp(quantity.spellings, meant) === undefined) return undefined
  return `Did you mean ${Number(match[1])}${lookUp(WRITTEN, meant) ?? meant}?`
}

const wrongUnit = (spelled: string): string | undefined => {
  if (spelled === "") return undefined
  const owner = Object.values(QUANTITIES).find((quantity) => Object.hasOwn(quantity.spellings, spelled.toLowerCase()))
  return owner === undefined ? `There is no unit '${spelled}'.` : `'${spelled}' is a unit of ${owner.noun.replace(/^an? /u, "")}.`
}

/**
 * Reads a quantity in its range.
 * raw            what the YAML holds: a text with a unit, or a plain number
 * plainNumbers   "unitless": a plain number only where there is no unit; "own unit": it is in the quantity's own unit
 * Returns        the value in the quantity's own unit
 */
export const readQuantity = (range: QuantityRange, raw: unknown, plainNumbers: "unitless" | "own unit" = "unitless"): Reading<number> => {
  const quantity = QUANTITIES[range.unit]
  if (typeof raw === "number") {
    if (Number.isNaN(raw)) return refuse(shape(quantity))
    if (quantity.unit === "" || plainNumbers === "own unit") return inRange(range, raw)
    return refuse(shape(quantity), Number.isFinite(raw) ? `Did you mean ${raw}${quantity.unit}?` : proposalForInfinity(range, raw))
  }
  if (typeof raw !== "string") return refuse(shape(quantity))
  const text = raw.trim()
  if (range.unit === "dB" && /^(?:off|-inf(?:inity)?(?: ?db)?)$/iu.test(text)) return inRange(range, -Infinity)
  const match = NUMBER_AND_UNIT.exec(text)
  const spelled = match?.[2] ?? ""
  const factor = lookUp(quantity.spellings, spelled.toLowerCase())
  if (match !== null && factor !== undefined) return inRange(range, tidy(Number(match[1]) * factor))
  return refuse(shape(quantity), proposal(quantity, text) ?? wrongUnit(spelled))
}

const proposalForInfinity = (range: QuantityRange, raw: number): string | undefined =>
  range.unit === "dB" && raw === -Infinity && range.min === -Infinity ? "Did you mean -inf?" : undefined

const RATES: Readonly<Record<string, number>> = {
  "48000": 48000, "48000hz": 48000, "48khz": 48000, "44100": 44100, "44100hz": 44100, "44.1khz": 44100,
}

/** The session's sample rate: 48000 or 44100, or with a unit. Hz. */
export const readRate = (raw: unknown): Reading<number> => {
  const text = typeof raw === "string" || typeof raw === "number" ? String(raw).toLowerCase().replace(" ", "") : ""
  const rate = lookUp(RATES, text)
  if (rate !== undefined) return accept(rate)
  const number = Number.parseFloat(text)
  const asHz = number < 1000 ? number * 1000 : number
  return refuse("48000 or 44100", asHz > 0 ? `Did you mean ${asHz < 46_050 ? 44100 : 48000}?` : undefined)
}
