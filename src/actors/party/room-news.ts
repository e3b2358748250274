/** What follows from who comes and goes: seats are bound, recorders are told names, events are published. */
import type { ActorRefFrom } from "xstate"
import { pushBind } from "../../runtime/graph/commands.ts"
import type { EventWriter } from "../../runtime/ring/event-ring.ts"
import type { TapTold } from "../tap/spec.ts"
import type { Newsroom } from "./newsroom.ts"
import type { roomMachine, RoomNews } from "./room.machine.ts"

export interface RoomNewsOptions {
  readonly news: Newsroom
  readonly commands: EventWriter
  /** Strips before the peers' slots. */
  readonly localCount: number
  /** A slot has somebody of that name now; undefined: nobody. */
  readonly seat: (slot: number, name: string | undefined) => void
  readonly tellTap: (told: TapTold) => void
}

export function followRoom(room: ActorRefFrom<typeof roomMachine>, { news, commands, localCount, seat, tellTap }: RoomNewsOptions): void {
  const follow = (heard: RoomNews): void => {
    const { peer } = heard
    const strip = localCount + peer.slot
    const subject = `${peer.address} (${peer.name})`
    if (heard.type === "JOINED" || heard.type === "NAMED") seat(peer.slot, peer.name)
    if (heard.type === "LEFT") seat(peer.slot, undefined)
    switch (heard.type) {
      case "JOINED": return news.tell("new stream", peer.address, `${peer.format}, stream ${peer.ssrc}`, { ssrc: peer.ssrc })
      case "NAMED":
        pushBind(commands, strip, peer.seat)
        tellTap({ what: "place", strip, name: peer.name })
        return news.tell("named", peer.address, peer.name)
      case "RESUMED": return news.tell("resumed", subject, "")
      case "SILENT": return news.tell("silent", subject, "nothing heard")
      case "HEARD": return
      case "LEFT":
        pushBind(commands, strip, -1)
        tellTap({ what: "left", strip })
        return news.tell(heard.silent ? "dropped stream" : "left", subject, heard.reason)
    }
  }
  for (const type of ["JOINED", "NAMED", "RESUMED", "SILENT", "HEARD", "LEFT"] as const) room.on(type, follow)
}
