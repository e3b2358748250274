/**
 * Everything that happens in a party becomes an event here: what the hot loops journal, what threads say, who comes and goes.
 * Events go to the subscribers and, a line each, to the log.
 */
import type { Observable } from "rxjs"
import { ReplaySubject } from "rxjs"
import { createEventReader, EVENT_FIELDS } from "../../runtime/ring/event-ring.ts"
import { openLog, type LogFile } from "../../runtime/io/log-file.ts"
import type { EventKind, PartyEvent } from "../../runtime/report.ts"
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import { tellJournal, type JournalNames } from "./journal-text.ts"

export interface Newsroom {
  readonly events: Observable<PartyEvent>
  tell(kind: EventKind, subject: string, text: string, data?: PartyEvent["data"]): void
  /** Reads the journals of all threads. */
  poll(): void
  /** The party's frame 0, us on the party clock: times count from here. */
  beginAt(us: number): void
  timeMs(): number
  close(): Promise<void>
}

const REPLAYED = 100

export interface NewsroomOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly names: JournalNames
  readonly nowUs: () => number
  /** Path of the log, if there is one. */
  readonly log: string | undefined
}

export function createNewsroom(options: NewsroomOptions): Newsroom {
  const { memory, plan, names, nowUs } = options
  const events = new ReplaySubject<PartyEvent>(REPLAYED)
  const journals = Object.values(plan.threads).map((thread) => createEventReader(memory, thread.journal))
  const record = new Float64Array(EVENT_FIELDS)
  /** Before the party has begun, everything happens at 0. */
  let beganUs: number | undefined
  let log: LogFile | undefined

  const toMs = (us: number): number => (beganUs === undefined ? 0 : Math.round((us - beganUs) / 10) / 100)
  const publish = (event: PartyEvent): void => {
    log?.line(`${event.timeMs.toFixed(2)} ${event.subject} ${event.kind}${event.text === "" ? "" : `: ${event.text}`}`)
    events.next(event)
  }
  const tell = (kind: EventKind, subject: string, text: string, data?: PartyEvent["data"]): void =>
    publish({ timeMs: toMs(nowUs()), kind, subject, text, ...(data !== undefined && { data }) })

  if (options.log !== undefined) {
    log = openLog(options.log, (error) => {
      log = undefined
      tell("notice", "log", `it ends here: ${error.message}`)
    })
  }

  return {
    events,
    tell,
    poll() {
      for (const journal of journals) {
        while (journal.pop(record)) {
          const told = tellJournal(record, names)
          if (told !== undefined) publish({ timeMs: toMs(record[0] ?? 0), ...told })
        }
      }
    },
    beginAt: (us) => void (beganUs = us),
    timeMs: () => toMs(nowUs()),
    async close() {
      events.complete()
      await log?.close()
    },
  }
}
