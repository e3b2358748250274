/**
 * Who is in the room: each slot of the receiver with its stream, its singer's name and its seat. A name that the preset gives a
 * strip is a seat, with a fader, inserts and sends of its own; who comes with that name sits there, one at a time.
 */
import { assign, enqueueActions, setup } from "xstate"

export interface RoomPeer {
  readonly slot: number
  readonly ssrc: number
  readonly address: string
  readonly format: string
  /** Unique in the room; "peer 3" until a name is known. */
  readonly name: string
  readonly named: boolean
  /** Index of its seat, -1 for none. */
  readonly seat: number
  readonly state: "waiting" | "live" | "silent"
}

export type RoomEvent =
  | { readonly type: "JOINED"; readonly slot: number; readonly ssrc: number; readonly address: string; readonly format: string }
  | { readonly type: "NAMED"; readonly slot: number; readonly name: string }
  | { readonly type: "HEARD"; readonly slot: number }
  | { readonly type: "SILENT"; readonly slot: number }
  /** silent   it was not heard any more, rather than saying goodbye */
  | { readonly type: "LEFT"; readonly slot: number; readonly reason: string; readonly silent: boolean }

export type RoomNews =
  | { readonly type: "JOINED" | "HEARD" | "RESUMED" | "SILENT"; readonly peer: RoomPeer }
  | { readonly type: "NAMED"; readonly peer: RoomPeer; readonly before: string }
  | { readonly type: "LEFT"; readonly peer: RoomPeer; readonly reason: string; readonly silent: boolean }

interface RoomContext {
  /** Names of the seats, by index. */
  readonly seats: readonly string[]
  /** Names that peers may not take: those of local strips. */
  readonly taken: readonly string[]
  readonly peers: Readonly<Record<number, RoomPeer>>
}

const uniqueName = (wanted: string, taken: ReadonlySet<string>): string => {
  if (!taken.has(wanted)) return wanted
  for (let count = 2; ; count++) if (!taken.has(`${wanted} (${count})`)) return `${wanted} (${count})`
}

const others = (context: RoomContext, slot: number): readonly RoomPeer[] => Object.values(context.peers).filter((peer) => peer.slot !== slot)

export const roomMachine = setup({
  types: {
    input: {} as Pick<RoomContext, "seats" | "taken">,
    context: {} as RoomContext,
    events: {} as RoomEvent,
    emitted: {} as RoomNews,
  },
  actions: {
    change: enqueueActions(({ enqueue, context, event }) => {
      const before = context.peers[event.slot]
      const put = (peer: RoomPeer): void => enqueue(assign({ peers: { ...context.peers, [peer.slot]: peer } }))
      if (event.type === "JOINED") {
        const { slot, ssrc, address, format } = event
        const peer: RoomPeer = { slot, ssrc, address, format, name: `peer ${slot + 1}`, named: false, seat: -1, state: "waiting" }
        put(peer)
        return enqueue.emit({ type: "JOINED", peer })
      }
      if (before === undefined) return
      if (event.type === "NAMED") {
        const gone = others(context, event.slot).find((peer) => peer.name === event.name && peer.state === "silent")
        if (gone !== undefined) {
          const { [gone.slot]: _, ...rest } = context.peers
          enqueue(assign({ peers: rest }))
          enqueue.emit({ type: "LEFT", peer: gone, reason: "came back on another stream", silent: false })
        }
        const taken = new Set([...context.taken, ...others(context, event.slot).map((peer) => peer.name)])
        const free = !others(context, event.slot).some((peer) => peer.seat === context.seats.indexOf(event.name))
        const peer = { ...before, name: uniqueName(event.name, taken), named: true, seat: free ? context.seats.indexOf(event.name) : -1 }
        put(peer)
        return enqueue.emit({ type: "NAMED", peer, before: before.name })
      }
      if (event.type === "LEFT") {
        const { [event.slot]: _, ...rest } = context.peers
        enqueue(assign({ peers: rest }))
        return enqueue.emit({ type: "LEFT", peer: before, reason: event.reason, silent: event.silent })
      }
      const state = event.type === "HEARD" ? "live" : "silent"
      if (before.state === state || (state === "silent" && before.state === "waiting")) return
      const peer: RoomPeer = { ...before, state }
      put(peer)
      enqueue.emit({ type: state === "silent" ? "SILENT" : before.state === "silent" ? "RESUMED" : "HEARD", peer })
    }),
  },
}).createMachine({
  id: "room",
  context: ({ input }) => ({ ...input, peers: {} }),
  on: {
    JOINED: { actions: "change" },
    NAMED: { actions: "change" },
    HEARD: { actions: "change" },
    SILENT: { actions: "change" },
    LEFT: { actions: "change" },
  },
})
