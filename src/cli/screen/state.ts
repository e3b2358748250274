/** Everything that the screen shows. */
import type { JitterReport, PartyEvent, PartyStats, StripStats } from "../../runtime/report.ts"
import type { Level } from "./meter.ts"

/** How a strip's stream should wait, as asked for: a policy, the party's setting, or a delay, ms. */
export type PendingJitter = "tight" | "steady" | "safe" | "party" | number

/** A change that the user asked for and the statistics do not show yet. */
export interface Pending {
  readonly gainDb?: number
  readonly pan?: number
  readonly muted?: boolean
  readonly solo?: boolean
  readonly jitter?: PendingJitter
  readonly sinceMs: number
}

export interface ScreenState {
  readonly party: string
  /** Where the party listens or sends. */
  readonly address: string
  readonly colour: boolean
  readonly stats: PartyStats | undefined
  /** The latest last. */
  readonly events: readonly PartyEvent[]
  /** By place: "strip NAME", "bus NAME", "master". */
  readonly levels: ReadonlyMap<string, Level>
  readonly chosen: string | undefined
  /** By strip. */
  readonly pending: ReadonlyMap<string, Pending>
  readonly help: boolean
  readonly stopping: boolean
}

export const initialState = (party: string, address: string, colour: boolean): ScreenState => ({
  party, address, colour, stats: undefined, events: [], levels: new Map(), chosen: undefined, pending: new Map(), help: false, stopping: false,
})

/** What a report will say of it; what the party's setting is it must say itself. */
const asJitter = (asked: PendingJitter | undefined): Partial<JitterReport> => {
  if (asked === undefined) return {}
  if (asked === "party") return { own: false }
  return typeof asked === "number" ? { own: true, policy: "kept", minDelayMs: asked, maxDelayMs: asked } : { own: true, policy: asked }
}

/** The strip as the user expects it: with what was asked for, though the engine has not reported it yet. */
export const shownStrip = (state: ScreenState, strip: StripStats): StripStats => {
  const asked = state.pending.get(strip.name)
  if (asked === undefined) return strip
  return {
    ...strip, ...(strip.jitter !== undefined && { jitter: { ...strip.jitter, ...asJitter(asked.jitter) } }),
    gainDb: asked.gainDb ?? strip.gainDb, pan: asked.pan ?? strip.pan, muted: asked.muted ?? strip.muted, solo: asked.solo ?? strip.solo,
  }
}
