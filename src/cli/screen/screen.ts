/** Joins reports, keys and the terminal: one stream of actions, folded into a state, drawn at most every 40 ms. */
import { filter, map, merge, scan, share, startWith, takeUntil, throttleTime } from "rxjs"
import type { Observable } from "rxjs"
import type { PartyEvent, PartyStats } from "../../runtime/report.ts"
import type { Command, Step } from "./keys.ts"
import { renderScreen } from "./render.ts"
import type { ScreenState } from "./state.ts"
import { step } from "./step.ts"
import type { Action } from "./step.ts"
import type { Terminal } from "./terminal.ts"

/** Statistics come ten times a second; a key shows sooner than the next of them. */
const frameMs = 40

export interface ScreenSources {
  readonly events: Observable<PartyEvent>
  readonly stats: Observable<PartyStats>
  /** The screen ends with it. */
  readonly until: Observable<unknown>
}

/**
 * Shows the party until `until` speaks.
 * onCommand  called for each key that asks for something
 */
export const showScreen = (terminal: Terminal, first: ScreenState, sources: ScreenSources, onCommand: (command: Command) => void): void => {
  const actions: Observable<Action> = merge(
    sources.stats.pipe(map((stats): Action => ({ type: "stats", stats }))),
    sources.events.pipe(map((event): Action => ({ type: "event", event }))),
    terminal.keys.pipe(map((key): Action => ({ type: "key", key }))),
    terminal.redraws.pipe(map((): Action => ({ type: "redraw" }))),
  )
  const steps = actions.pipe(
    scan((before: Step, action) => step(before.state, action), { state: first }),
    startWith<Step>({ state: first }),
    takeUntil(sources.until),
    share(),
  )
  steps.pipe(throttleTime(frameMs, undefined, { leading: true, trailing: true })).subscribe((taken) => {
    const { columns, rows } = terminal.size()
    terminal.draw(renderScreen(taken.state, columns, rows))
  })
  steps.pipe(map((taken) => taken.command), filter((command) => command !== undefined)).subscribe(onCommand)
}
