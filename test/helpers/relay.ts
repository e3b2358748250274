/** A relay for datagrams in user space: what comes to its port goes on to another, and a test sees it, or sends along. */
import { createSocket } from "node:dgram"
import { once } from "node:events"

export interface Relay {
  readonly port: number
  readonly count: number
  /** Sends from the relay's own address, so that the receiver takes it for the relayed sender's. */
  send(bytes: Uint8Array): void
  close(): Promise<void>
}

/**
 * see    gets each datagram after it was sent on
 * holdMs how long each is kept back; 0 for not at all
 */
export const openRelay = async (
  toPort: number, see: (bytes: Uint8Array) => void = () => undefined, holdMs: (bytes: Uint8Array) => number = () => 0,
): Promise<Relay> => {
  let open = true
  const from = createSocket({ type: "udp4", recvBufferSize: 1 << 20 })
  const to = createSocket("udp4")
  let count = 0
  from.bind(0, "127.0.0.1")
  to.bind(0, "127.0.0.1")
  await Promise.all([once(from, "listening"), once(to, "listening")])
  to.connect(toPort, "127.0.0.1")
  await once(to, "connect")
  // Nobody listens yet, or nobody any more.
  to.on("error", () => undefined)
  from.on("message", (bytes) => {
    count += 1
    const timeMs = holdMs(bytes)
    if (timeMs === 0) to.send(bytes)
    else setTimeout(() => { if (open) to.send(bytes) }, timeMs)
    see(bytes)
  })
  return {
    port: from.address().port,
    get count() {
      return count
    },
    send: (bytes) => to.send(bytes),
    close: async () => {
      open = false
      await Promise.all([from, to].map((socket) => new Promise<void>((resolve) => { socket.close(() => resolve()) })))
    },
  }
}
