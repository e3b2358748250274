/** The main thread's regular looks at a running party: journals, statistics, who is silent, who hangs. */
import type { Observable } from "rxjs"
import { Subject } from "rxjs"
import type { ActorRefFrom } from "xstate"
import { PeerStats } from "../../runtime/arena/pages.ts"
import type { PartyPlan } from "../../runtime/arena/party-plan.ts"
import { nowUs } from "../../runtime/io/clock.ts"
import type { PartyStats } from "../../runtime/report.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import { startWatchdog, type Watched } from "../supervisor/watchdog.ts"
import type { Newsroom } from "./newsroom.ts"
import type { roomMachine } from "./room.machine.ts"

export interface ObservationOptions {
  readonly memory: WebAssembly.Memory
  readonly plan: PartyPlan
  readonly news: Newsroom
  readonly room: ActorRefFrom<typeof roomMachine>
  readonly sample: (nowUs: number, timeMs: number) => PartyStats
  readonly statsMs: number
  readonly watched: readonly Watched[]
}

const JOURNAL_MS = 50
/** A peer that sent nothing for so long is silent, us. */
const SILENT_US = 1.5e6

export function observe(options: ObservationOptions): { readonly stats: Observable<PartyStats>; readonly end: () => void } {
  const { memory, plan, news, room, sample } = options
  const stats = new Subject<PartyStats>()
  const pages = plan.peers.map((peer) => openStats(memory, peer.peerStats, PeerStats))

  const lookAtPeers = (now: number): void => {
    for (const { slot, state } of Object.values(room.getSnapshot().context.peers)) {
      const last = pages[slot]?.[PeerStats.lastArrivalUs] ?? 0
      if (last === 0) continue
      const silent = now - last > SILENT_US
      if (silent !== (state === "silent") || state === "waiting") room.send({ type: silent ? "SILENT" : "HEARD", slot })
    }
  }
  const journals = setInterval(() => news.poll(), JOURNAL_MS)
  const reports = setInterval(() => {
    const now = nowUs()
    lookAtPeers(now)
    stats.next(sample(now, news.timeMs()))
  }, options.statsMs)
  const endWatch = startWatchdog(options.watched, () => nowUs() / 1000)

  return {
    stats: stats.asObservable(),
    end() {
      clearInterval(journals)
      clearInterval(reports)
      endWatch()
      news.poll()
      stats.complete()
    },
  }
}
