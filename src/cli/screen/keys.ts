/** Keys of the screen, and what each does to the state: a pure step, tested without a terminal. */
import type { JitterReport, StripStats } from "../../runtime/report.ts"
import { GAIN_SPEC, JITTER_SPECS } from "../../runtime/preset/describe.ts"
import { pathToText } from "../../runtime/preset/path.ts"
import { shownStrip } from "./state.ts"
import type { Pending, PendingJitter, ScreenState } from "./state.ts"

/** A key as `node:readline` names it. */
export interface Key {
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly shift?: boolean | undefined
  readonly sequence?: string | undefined
}

/** What the engine or the program shall do for the user. */
export type Command =
  | { readonly type: "set"; readonly path: string; readonly value: number | boolean | string }
  /** interrupt: Ctrl-C, which the terminal in raw mode does not turn into a signal. */
  | { readonly type: "quit"; readonly by: "key" | "interrupt" }

export interface Step {
  readonly state: ScreenState
  readonly command?: Command
}

/** Below this a fader is taken for closed. */
const gainFloorDb = -60

const stripPath = (strip: string, ...fields: readonly string[]): string => pathToText(["mix", "strips", strip, ...fields])

/** For the help page: key, what it does. */
export const keyHelp: readonly (readonly [string, string])[] = [
  ["↑ ↓  k j", "choose a strip"],
  ["← →  h l", "fader down or up by 1 dB"],
  ["shift ← →  [ ]", "fader by 0.1 dB"],
  [", .", "pan left or right"],
  ["m  space", "mute"],
  ["s", "solo: only the strips with solo are heard"],
  ["0", "fader back to 0 dB"],
  ["p", "delay: tight, steady, safe, as the party's"],
  ["+ -", "keep the delay, 1 ms longer or shorter"],
  ["?", "this page"],
  ["q  Ctrl-C", "stop the party and finish recordings"],
]

const tenths = (value: number): number => Math.round(value * 10) / 10 || 0

const withPending = (state: ScreenState, name: string, change: Partial<Pending>, command: Command): Step => {
  const pending = new Map(state.pending)
  pending.set(name, { ...pending.get(name), ...change, sinceMs: state.stats?.timeMs ?? 0 })
  return { state: { ...state, pending }, command }
}

const moveGain = (state: ScreenState, strip: StripStats, byDb: number): Step => {
  const fromDb = Math.max(gainFloorDb, strip.gainDb)
  const gainDb = tenths(Math.min(GAIN_SPEC.max, Math.max(gainFloorDb, fromDb + byDb)))
  return withPending(state, strip.name, { gainDb }, { type: "set", path: stripPath(strip.name, "gain"), value: gainDb })
}

const movePan = (state: ScreenState, strip: StripStats, by: number): Step => {
  const pan = tenths(Math.min(1, Math.max(-1, strip.pan + by)))
  return withPending(state, strip.name, { pan }, { type: "set", path: stripPath(strip.name, "pan"), value: pan })
}

/** From the party's setting, or from a kept delay, to the first policy; after the last back to the party's. */
const nextJitter = ({ policy, own }: JitterReport): PendingJitter => {
  const policies = JITTER_SPECS.policy.choices
  const at = own ? policies.findIndex((each) => each === policy) : -1
  return policies[at + 1] ?? "party"
}

const setJitter = (state: ScreenState, strip: StripStats, jitter: PendingJitter): Step =>
  withPending(state, strip.name, { jitter },
    { type: "set", path: stripPath(strip.name, "jitter", typeof jitter === "number" ? "delay" : "policy"), value: jitter })

const moveDelay = (state: ScreenState, strip: StripStats, jitter: JitterReport, byMs: number): Step => {
  const fromMs = jitter.policy === "kept" ? jitter.minDelayMs : jitter.targetDelayMs
  const { min, max } = JITTER_SPECS.delay
  return setJitter(state, strip, Math.min(max, Math.max(min, Math.round(fromMs) + byMs)))
}

const choose = (state: ScreenState, by: number): Step => {
  const names = state.stats?.strips.map((strip) => strip.name) ?? []
  if (names.length === 0) return { state }
  const at = Math.max(0, names.indexOf(state.chosen ?? ""))
  return { state: { ...state, chosen: names[Math.min(names.length - 1, Math.max(0, at + by))] } }
}

const onStrip = (state: ScreenState, key: Key): Step => {
  const found = state.stats?.strips.find((strip) => strip.name === state.chosen)
  if (found === undefined) return { state }
  const strip = shownStrip(state, found)
  const word = key.name ?? key.sequence
  const side = word === "left" || word === "h" || key.sequence === "[" ? -1 : 1
  if (key.sequence === "[" || key.sequence === "]") return moveGain(state, strip, side * 0.1)
  if (key.sequence === "," || key.sequence === ".") return movePan(state, strip, key.sequence === "," ? -0.1 : 0.1)
  if (strip.jitter !== undefined && word === "p") return setJitter(state, strip, nextJitter(strip.jitter))
  if (strip.jitter !== undefined && (key.sequence === "+" || key.sequence === "=")) return moveDelay(state, strip, strip.jitter, 1)
  if (strip.jitter !== undefined && (key.sequence === "-" || key.sequence === "_")) return moveDelay(state, strip, strip.jitter, -1)
  switch (word) {
    case "left": case "right": case "h": case "l":
      return moveGain(state, strip, side * (key.shift === true ? 0.1 : 1))
    case "m": case "space":
      return withPending(state, strip.name, { muted: !strip.muted },
        { type: "set", path: stripPath(strip.name, "mute"), value: !strip.muted })
    case "s":
      return withPending(state, strip.name, { solo: !strip.solo },
        { type: "set", path: stripPath(strip.name, "solo"), value: !strip.solo })
    case "0": return moveGain(state, strip, -Math.max(gainFloorDb, strip.gainDb))
    default: return { state }
  }
}

const quit = (state: ScreenState, by: "key" | "interrupt"): Step => ({ state: { ...state, stopping: true }, command: { type: "quit", by } })

/** The state after a key, and the command that it gives. Unknown keys change nothing. */
export const press = (state: ScreenState, key: Key): Step => {
  if (key.ctrl === true) return key.name === "c" ? quit(state, "interrupt") : { state }
  if (key.sequence === "?") return { state: { ...state, help: !state.help } }
  if (state.help && (key.name === "escape" || key.name === "return")) return { state: { ...state, help: false } }
  switch (key.name ?? key.sequence) {
    case "q": return quit(state, "key")
    case "up": case "k": return choose(state, -1)
    case "down": case "j": return choose(state, 1)
    case "home": return choose(state, -Infinity)
    case "end": return choose(state, Infinity)
    default: return onStrip(state, key)
  }
}
