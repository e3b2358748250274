/** How a running party is shown: a screen, plain lines, JSON lines, or errors only. One of them, chosen once. */
import { distinctUntilChanged, filter, merge, takeLast } from "rxjs"
import type { Observable } from "rxjs"
import type { EventKind, PartyEvent, PartyStats } from "../../runtime/report.ts"
import { eventJson, jsonLine, startLine, statsJson } from "../lines/json-lines.ts"
import { eventText, summaryText } from "../lines/plain-lines.ts"
import { errorText, print, printError } from "../output.ts"
import { messageOf, PresetError, ResourceError } from "../../runtime/errors.ts"

export interface View {
  /** Interval of the statistics that it wants, ms. */
  readonly statsMs: number
  begin(version: string, party: string): void
  follow(events: Observable<PartyEvent>, stats: Observable<PartyStats>): void
  /** The party is over; nothing is drawn after it. */
  end(): void
}

const secondMs = 1000
const summaryEvery = 5

const graveKinds: ReadonlySet<EventKind> = new Set(["thread failed", "recording failed", "trace failed", "source failed"])
const isGrave = (event: PartyEvent): boolean => graveKinds.has(event.kind)

/** Events at once, a summary every five seconds and at the end. */
export const plainView = (): View => ({
  statsMs: secondMs,
  begin: () => undefined,
  follow: (events, stats) => {
    events.subscribe((event) => print(eventText(event)))
    const fifth = stats.pipe(filter((_, index) => index % summaryEvery === summaryEvery - 1))
    merge(fifth, stats.pipe(takeLast(1))).pipe(distinctUntilChanged()).subscribe((report) => print(summaryText(report)))
  },
  end: () => undefined,
})

/** A start line, then events at once and statistics each second. Quiet: only what failed. */
export const jsonView = (quiet: boolean): View => ({
  statsMs: secondMs,
  begin: (version, party) => print(startLine(version, party)),
  follow: (events, stats) => {
    events.pipe(filter((event) => !quiet || isGrave(event))).subscribe((event) => print(eventJson(event)))
    if (!quiet) stats.subscribe((report) => print(statsJson(report)))
  },
  end: () => undefined,
})

/** Only what failed, to the error output. */
export const quietView = (): View => ({
  statsMs: secondMs,
  begin: () => undefined,
  follow: (events) => { events.pipe(filter(isGrave)).subscribe((event) => printError(eventText(event))) },
  end: () => undefined,
})

/** An error for people, and for scripts too where they read JSON. */
export const reportError = (error: unknown, json: boolean): void => {
  printError(errorText(error))
  if (!json) return
  print(jsonLine({
    type: "error", message: messageOf(error),
    ...(error instanceof PresetError && { faults: error.faults }), ...(error instanceof ResourceError && { hint: error.hint }),
  }))
}
