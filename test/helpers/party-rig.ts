/** What tests of whole parties share: ports, waiting, and where a running party stands. */
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { internalsOf } from "../../src/actors/party/internals.ts"
import type { Party } from "../../src/actors/party/party-api.ts"
import { MixerStats } from "../../src/runtime/arena/pages.ts"
import { nowUs } from "../../src/runtime/io/clock.ts"
import type { PartyStats } from "../../src/runtime/report.ts"
import { openStats } from "../../src/runtime/ring/stats-page.ts"

/** A UDP port of 127.0.0.1 that nobody has just now. */
export const freePort = async (): Promise<number> => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1")
  await once(socket, "listening")
  const { port } = socket.address()
  await new Promise<void>((resolve) => { socket.close(() => resolve()) })
  return port
}

export const sleep = (timeMs: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, timeMs) })

/** Waits until `ready` gives something. Fails with `what` after the deadline. */
export const until = async <T>(what: string, ready: () => T | undefined | false, deadlineMs = 10_000): Promise<T> => {
  const endUs = nowUs() + deadlineMs * 1000
  for (;;) {
    const got = ready()
    if (got !== undefined && got !== false) return got
    if (nowUs() > endUs) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await sleep(2)
  }
}

export interface StallMeter {
  /** How long the machine has kept this thread waiting in all, ms: what its ticks came later than 20 ms. */
  stalledMs(): number
  end(): void
}

/** Notices when this thread, and so perhaps all others, is not let run. */
export const startStallMeter = (): StallMeter => {
  let stalledMs = 0
  let lastUs = nowUs()
  const timer = setInterval(() => {
    const now = nowUs()
    stalledMs += Math.max(0, (now - lastUs) / 1000 - 20)
    lastUs = now
  }, 5)
  return { stalledMs: () => stalledMs, end: () => clearInterval(timer) }
}

/** Keeps the latest report of a party. */
export const followStats = (party: Party): (() => PartyStats | undefined) => {
  let latest: PartyStats | undefined
  party.stats.subscribe((stats) => { latest = stats })
  return () => latest
}

/** Where a running party is on its timeline. */
export const openTimeline = (party: Party) => {
  const { memory, plan } = internalsOf(party)
  const mixer = openStats(memory, plan.mixerStats, MixerStats)
  const epoch = new Float64Array(memory.buffer, plan.epoch, 1)
  const position = (): number => mixer[MixerStats.position]!
  return {
    mixer,
    position,
    /** How far the mix is behind the clock at its best, looked at for a third of a second. */
    async behindFrames(): Promise<number> {
      let least = Infinity
      for (let look = 0; look < 100; look++) {
        least = Math.min(least, ((nowUs() - epoch[0]!) * plan.rateHz) / 1e6 - position())
        await sleep(3)
      }
      return least
    },
  }
}
