/** The terminal screen as a view. Loaded only where there is a terminal. */
import { Subject, tap } from "rxjs"
import { PresetError } from "../../runtime/errors.ts"
import type { PartyEvent, PartyStats } from "../../runtime/report.ts"
import { print } from "../output.ts"
import { showScreen } from "../screen/screen.ts"
import type { Command } from "../screen/keys.ts"
import { initialState } from "../screen/state.ts"
import { openTerminal } from "../screen/terminal.ts"
import { clean, clockText } from "../text.ts"
import type { View } from "./view.ts"

const statsMs = 100

export interface ScreenViewOptions {
  readonly party: string
  readonly address: string
  /** Fails  PresetError, which is shown among the events */
  set(path: string, value: number | boolean | string): Promise<void>
  quit(by: "key" | "interrupt"): void
}

/** Takes the terminal. */
export const screenView = (options: ScreenViewOptions): View => {
  const over = new Subject<void>()
  const own = new Subject<PartyEvent>()
  const terminal = openTerminal(process.stdin, process.stdout)
  let latest: PartyStats | undefined
  const obey = (command: Command): void => {
    if (command.type === "quit") return options.quit(command.by)
    options.set(command.path, command.value).catch((error: unknown) => {
      if (!(error instanceof PresetError)) throw error
      own.next({ timeMs: latest?.timeMs ?? 0, kind: "notice", subject: command.path, text: error.message })
    })
  }
  return {
    statsMs,
    begin: () => undefined,
    follow: (events, stats) => {
      const colour = (process.env["NO_COLOR"] ?? "") === ""
      events.subscribe((event) => own.next(event))
      const seen = stats.pipe(tap((report) => { latest = report }))
      showScreen(terminal, initialState(options.party, options.address, colour), { events: own, stats: seen, until: over }, obey)
    },
    end: () => {
      over.next()
      terminal.leave()
      if (latest === undefined) return
      print(`${clean(latest.party)}: ${clockText(latest.timeMs)}`)
      for (const recording of latest.recordings) print(`  ${recording.state === "failed" ? "failed " : ""}${clean(recording.path)}  ${clockText(recording.seconds * 1000)}`)
    },
  }
}
