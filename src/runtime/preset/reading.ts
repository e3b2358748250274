/**
 * What reading one written value gives: the value, or what should have stood there. Thread: any      Realtime: no
 */
import { didYouMean, orList } from "./nearest.ts"

export interface Refusal {
  readonly ok: false
  /** What should have stood there: "a duration with its unit, like 180ms". */
  readonly expected: string
  /** What to do about it, a whole sentence. */
  readonly hint?: string
}
export type Reading<A> = { readonly ok: true; readonly value: A } | Refusal
export type Reader<A> = (raw: unknown) => Reading<A>

export const accept = <A>(value: A): Reading<A> => ({ ok: true, value })
export const refuse = (expected: string, hint?: string): Refusal => (hint === undefined ? { ok: false, expected } : { ok: false, expected, hint })

/** Anything that a terminal would obey, or that breaks a line: never in a name, never shown raw. */
const CONTROL_CHARACTER = /[\p{Cc}\u2028\u2029]/u

/** In quotes, every control character spelled out. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** A text fit to be shown: one line, no control characters, not too long. */
export const shown = (text: string, longest = 80): string => {
  const clipped = text.length > longest ? `${text.slice(0, longest)}…` : text
  return clipped.trim() === "" || CONTROL_CHARACTER.test(clipped) ? quoted(clipped) : clipped
}

/** A text of one line, not empty. */
export const readText =
  (expected: string, longest = 4096): Reader<string> =>
  (raw) => {
    if (typeof raw === "number" || typeof raw === "boolean") return refuse(expected, `Put it in quotes: "${raw}"`)
    if (typeof raw !== "string" || raw.trim() === "") return refuse(expected)
    if (CONTROL_CHARACTER.test(raw)) return refuse(`${expected}, on one line and without control characters`)
    if (raw.length > longest) return refuse(`${expected}, of at most ${longest} characters`, `It has ${raw.length}.`)
    return accept(raw)
  }

const LONGEST_NAME = 64
const readNameText = readText("a name", LONGEST_NAME)

/** Name of a source, strip or bus. "*" and "master" have a meaning of their own. */
export const readName: Reader<string> = (raw) =>
  raw === "*" || (typeof raw === "string" && raw.toLowerCase() === "master")
    ? refuse("a name of its own", `'${raw}' means ${raw === "*" ? "every strip" : "the master bus"}; take another name.`)
    : readNameText(raw)

export const readPartyName: Reader<string> = readText("the party's name, like Friday KTV", LONGEST_NAME)

const SWITCH_WORDS: Readonly<Record<string, boolean>> = { yes: true, on: true, true: true, 1: true, no: false, off: false, false: false, 0: false }

export const readSwitch: Reader<boolean> = (raw) => {
  if (typeof raw === "boolean") return accept(raw)
  const word = String(raw).toLowerCase()
  return refuse("true or false", Object.hasOwn(SWITCH_WORDS, word) ? `Did you mean ${SWITCH_WORDS[word]}?` : undefined)
}

/** One of some words; a number or a switch stands for its own spelling. */
export const readChoice =
  <const Choice extends string>(choices: readonly Choice[]): Reader<Choice> =>
  (raw) => {
    const word = typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean" ? String(raw) : ""
    const found = choices.find((choice) => choice === word)
    return found === undefined ? refuse(orList(choices), didYouMean(word, choices)) : accept(found)
  }

/** A whole number in a range. what: "frames" gives "a whole number of frames from 32 to 960" */
export const readWhole =
  (min: number, max: number, what?: string): Reader<number> =>
  (raw) =>
    typeof raw === "number" && Number.isInteger(raw) && raw >= min && raw <= max
      ? accept(raw)
      : refuse(`a whole number${what === undefined ? "" : ` of ${what}`} from ${min} to ${max}`)

/** One of a few numbers, proposing the nearest. */
export const readNumberOf =
  <const Choice extends number>(choices: readonly Choice[]): Reader<Choice> =>
  (raw) => {
    const found = choices.find((choice) => choice === raw)
    if (found !== undefined) return accept(found)
    const number = typeof raw === "number" ? raw : NaN
    const nearest = choices.toSorted((a, b) => Math.abs(a - number) - Math.abs(b - number))[0]
    return refuse(orList(choices.map(String)), Number.isFinite(number) ? `Did you mean ${nearest}?` : undefined)
  }
