/** How reports and keys change the screen's state. Pure. */
import type { PartyEvent, PartyStats } from "../../runtime/report.ts"
import { press } from "./keys.ts"
import type { Key, Step } from "./keys.ts"
import { follow } from "./meter.ts"
import type { Level } from "./meter.ts"
import type { ScreenState } from "./state.ts"

export type Action =
  | { readonly type: "stats"; readonly stats: PartyStats }
  | { readonly type: "event"; readonly event: PartyEvent }
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "redraw" }

const keptEvents = 100
/** After this the statistics are believed again. */
const pendingMs = 1000

const withStats = (state: ScreenState, stats: PartyStats): ScreenState => {
  const levels = new Map<string, Level>()
  const heard = (place: string, peakDb: number): void => {
    levels.set(place, follow(state.levels.get(place), peakDb, stats.timeMs))
  }
  for (const strip of stats.strips) heard(`strip ${strip.name}`, strip.peakDb)
  for (const bus of stats.buses) heard(`bus ${bus.name}`, bus.peakDb)
  heard("master", stats.master.peakDb)
  const pending = new Map([...state.pending].filter(([, asked]) => stats.timeMs - asked.sinceMs < pendingMs && stats.timeMs >= asked.sinceMs))
  const names = stats.strips.map((strip) => strip.name)
  const before = state.stats?.strips.findIndex((strip) => strip.name === state.chosen) ?? 0
  const chosen = state.chosen !== undefined && names.includes(state.chosen) ? state.chosen : names[Math.min(Math.max(0, before), names.length - 1)]
  return { ...state, stats, levels, pending, chosen }
}

/** One step of the screen: the next state, and a command where a key gives one. */
export const step = (state: ScreenState, action: Action): Step => {
  switch (action.type) {
    case "stats": return { state: withStats(state, action.stats) }
    case "event": return { state: { ...state, events: [...state.events, action.event].slice(-keptEvents) } }
    case "key": return press(state, action.key)
    case "redraw": return { state: { ...state } }
  }
}
