/**
 * Who is in the room: each slot of the receiver with its stream, its singer's name and its seat. A name that the preset gives a
 * strip is a seat, with a fader, inserts and sends of its own; who comes with that name sits there, one at a time.
 */
import { enqueueActions, setup } from "xstate"

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

/** The room after an event, and what is told of it. */
function change({ seats, taken, peers }: RoomContext, event: RoomEvent): { readonly peers: RoomContext["peers"]; readonly news: readonly RoomNews[] } {
  const { [event.slot]: before, ...others } = peers
  const withPeer = (peer: RoomPeer, rest: RoomContext["peers"] = others): RoomContext["peers"] => ({ ...rest, [peer.slot]: peer })
  const namesBeside = (rest: RoomContext["peers"]): ReadonlySet<string> => new Set([...taken, ...Object.values(rest).map((peer) => peer.name)])

  if (event.type === "JOINED") {
    const { slot, ssrc, address, format } = event
    const name = uniqueName(`peer ${slot + 1}`, namesBeside(others))
    const peer: RoomPeer = { slot, ssrc, address, format, name, named: false, seat: -1, state: "waiting" }
    return { peers: withPeer(peer), news: [{ type: "JOINED", peer }] }
  }
  if (before === undefined) return { peers, news: [] }

  if (event.type === "NAMED") {
    const gone = Object.values(others).find((peer) => peer.name === event.name && peer.state === "silent")
    const rest = gone === undefined ? others : Object.fromEntries(Object.entries(others).filter(([slot]) => Number(slot) !== gone.slot))
    const seat = seats.indexOf(event.name)
    const free = seat >= 0 && !Object.values(rest).some((peer) => peer.seat === seat)
    const peer = { ...before, name: uniqueName(event.name, namesBeside(rest)), named: true, seat: free ? seat : -1 }
    const left: readonly RoomNews[] = gone === undefined ? [] : [{ type: "LEFT", peer: gone, reason: "came back on another stream", silent: false }]
    return { peers: withPeer(peer, rest), news: [...left, { type: "NAMED", peer, before: before.name }] }
  }
  if (event.type === "LEFT") {
    return { peers: others, news: [{ type: "LEFT", peer: before, reason: event.reason, silent: event.silent }] }
  }
  const state = event.type === "HEARD" ? "live" : "silent"
  if (before.state === state || (state === "silent" && before.state === "waiting")) return { peers, news: [] }
  const peer: RoomPeer = { ...before, state }
  const type = state === "silent" ? "SILENT" : before.state === "silent" ? "RESUMED" : "HEARD"
  return { peers: withPeer(peer), news: [{ type, peer }] }
}

export const roomMachine = setup({
  types: {
    input: {} as Pick<RoomContext, "seats" | "taken">,
    context: {} as RoomContext,
    events: {} as RoomEvent,
    emitted: {} as RoomNews,
  },
  actions: {
    change: enqueueActions(({ enqueue, context, event }) => {
      const { peers, news } = change(context, event)
      enqueue.assign({ peers })
      for (const each of news) enqueue.emit(each)
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
