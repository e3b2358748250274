/** A relay in user space that treats datagrams as bad Wi-Fi does: it loses, delays, reorders and repeats them, by a seed. */
import { createSocket } from "node:dgram"
import { once } from "node:events"

export interface BadRelay {
  readonly port: number
  close(): Promise<void>
}

/** Numbers from 0 to 1. */
const createDice = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const LOST = 0.02
const TWICE = 0.01
const DELAYED = 0.05
const MOST_DELAY_MS = 25
/** Nothing passes for so long, so often. */
const STALL_MS = 60
const STALL_EVERY_MS = 1500
/** Reports, which are seldom, pass as they are: their type is 200 or more. */
const isReport = (bytes: Buffer): boolean => (bytes[1] ?? 0) >= 200

export const openBadRelay = async (toPort: number, seed: number): Promise<BadRelay> => {
  const from = createSocket({ type: "udp4", recvBufferSize: 1 << 20 })
  const to = createSocket("udp4")
  const dice = createDice(seed)
  const waiting = new Set<NodeJS.Timeout>()
  const began = performance.now()
  from.bind(0, "127.0.0.1")
  to.bind(0, "127.0.0.1")
  await Promise.all([once(from, "listening"), once(to, "listening")])
  to.connect(toPort, "127.0.0.1")
  await once(to, "connect")
  to.on("error", () => undefined)

  const pass = (bytes: Buffer, delayMs: number): void => {
    if (delayMs <= 0) return to.send(bytes)
    const timer = setTimeout(() => {
      waiting.delete(timer)
      to.send(bytes)
    }, delayMs)
    waiting.add(timer)
  }
  from.on("message", (bytes) => {
    if (isReport(bytes)) return pass(bytes, 0)
    if (dice() < LOST) return
    const stalledMs = (performance.now() - began) % STALL_EVERY_MS
    const delayMs = stalledMs < STALL_MS ? STALL_MS - stalledMs : dice() < DELAYED ? dice() * MOST_DELAY_MS : 0
    pass(bytes, delayMs)
    if (dice() < TWICE) pass(bytes, delayMs + 5)
  })
  return {
    port: from.address().port,
    close: async () => {
      for (const timer of waiting) clearTimeout(timer)
      await Promise.all([from, to].map((socket) => new Promise<void>((resolve) => { socket.close(() => resolve()) })))
    },
  }
}
