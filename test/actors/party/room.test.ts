import { describe, expect, it } from "vitest"
import { createActor } from "xstate"
import { roomMachine, type RoomEvent, type RoomNews, type RoomPeer } from "../../../src/actors/party/room.machine.ts"
import { createRandom } from "../../runtime/dsp/kernels.ts"

const open = (seats: readonly string[] = ["Ann", "Ben"], taken: readonly string[] = ["Song"]) => {
  const room = createActor(roomMachine, { input: { seats, taken } })
  const news: RoomNews[] = []
  for (const type of ["JOINED", "HEARD", "RESUMED", "SILENT", "NAMED", "LEFT"] as const) room.on(type, (event) => void news.push(event))
  room.start()
  const peers = (): readonly RoomPeer[] => Object.values(room.getSnapshot().context.peers)
  const peer = (slot: number): RoomPeer | undefined => room.getSnapshot().context.peers[slot]
  return {
    peers, peer, send: (event: RoomEvent) => room.send(event),
    join: (slot: number, ssrc = 100 + slot) => room.send({ type: "JOINED", slot, ssrc, address: `10.0.0.${slot}:5004`, format: "L16/48000/1" }),
    name: (slot: number, name: string) => room.send({ type: "NAMED", slot, name }),
    hear: (slot: number) => room.send({ type: "HEARD", slot }),
    silence: (slot: number) => room.send({ type: "SILENT", slot }),
    leave: (slot: number) => room.send({ type: "LEFT", slot, reason: "said goodbye", silent: false }),
    names: () => peers().map(({ name }) => name).toSorted((a, b) => a.localeCompare(b)),
    /** What was told since last asked: type, name, and what it was called before. */
    told: () => news.splice(0).map((event) => [event.type, event.peer.name, ...(event.type === "NAMED" ? [event.before] : [])].join(" ")),
  }
}

describe("who joins", () => {
  it("has its stream's particulars, and a name by its slot until it gives one", () => {
    const room = open()
    room.join(2)
    expect(room.peer(2)).toEqual({ slot: 2, ssrc: 102, address: "10.0.0.2:5004", format: "L16/48000/1", name: "peer 3", named: false, seat: -1, state: "waiting" })
    room.name(2, "Cleo")
    expect(room.peer(2)).toMatchObject({ name: "Cleo", named: true, seat: -1, ssrc: 102 })
    expect(room.told()).toEqual(["JOINED peer 3", "NAMED Cleo peer 3"])
  })

  it("takes the seat of its name, whichever the order", () => {
    const room = open()
    for (const slot of [0, 1, 2]) room.join(slot)
    room.name(0, "Ben")
    room.name(1, "Ann")
    room.name(2, "Cleo")
    expect(room.peers().map(({ seat }) => seat)).toEqual([1, 0, -1])
  })

  it("is live when heard, silent when not, and resumed when heard again", () => {
    const room = open()
    room.join(0)
    room.silence(0)
    expect(room.peer(0)?.state).toBe("waiting")
    room.hear(0)
    room.hear(0)
    room.silence(0)
    room.silence(0)
    room.hear(0)
    expect(room.told()).toEqual(["JOINED peer 1", "HEARD peer 1", "SILENT peer 1", "RESUMED peer 1"])
  })

  it("is forgotten when it leaves, and told with its name", () => {
    const room = open()
    room.join(0)
    room.name(0, "Ann")
    room.leave(0)
    expect([room.peers(), room.told().at(-1)]).toEqual([[], "LEFT Ann"])
  })

  it("is no ghost: what is told of an empty slot is nothing", () => {
    const room = open()
    room.name(3, "Ann")
    room.hear(3)
    room.silence(3)
    room.leave(3)
    expect([room.peers(), room.told()]).toEqual([[], []])
  })
})

describe("names are unique", () => {
  it("among peers: the second of a name gets a number, the third the next", () => {
    const room = open()
    for (const slot of [0, 1, 2]) {
      room.join(slot)
      room.hear(slot)
      room.name(slot, "Dora")
    }
    expect(room.names()).toEqual(["Dora", "Dora (2)", "Dora (3)"])
    room.leave(1)
    room.join(1)
    room.name(1, "Dora")
    expect(room.names()).toEqual(["Dora", "Dora (2)", "Dora (3)"])
  })

  it("against the local strips, who were there before", () => {
    const room = open()
    room.join(0)
    room.name(0, "Song")
    expect(room.names()).toEqual(["Song (2)"])
  })

  it("when a singer gives the same name again", () => {
    const room = open()
    room.join(0)
    room.name(0, "Dora")
    room.name(0, "Dora")
    expect(room.names()).toEqual(["Dora"])
  })

  it("when a singer is called what a slot would be", () => {
    const room = open([], ["peer 3"])
    room.join(0)
    room.name(0, "peer 2")
    room.join(1)
    room.join(2)
    expect(new Set([...room.names(), "peer 3"]).size).toBe(4)
  })
})

describe("a seat is given once", () => {
  it("to the first who comes with its name; the second stands", () => {
    const room = open()
    for (const slot of [0, 1]) {
      room.join(slot)
      room.hear(slot)
      room.name(slot, "Ann")
    }
    expect(room.peers().map(({ name, seat }) => [name, seat])).toEqual([["Ann", 0], ["Ann (2)", -1]])
  })

  it("and is free again when its singer leaves or takes another name", () => {
    const room = open()
    for (const slot of [0, 1, 2]) room.join(slot)
    room.name(0, "Ann")
    room.name(0, "Zoe")
    room.name(1, "Ann")
    expect([room.peer(0)?.seat, room.peer(1)?.seat]).toEqual([-1, 0])
    room.leave(1)
    room.name(2, "Ann")
    expect(room.peer(2)).toMatchObject({ name: "Ann", seat: 0 })
  })

  it("and kept by its singer when the name is given again", () => {
    const room = open()
    room.join(0)
    room.name(0, "Ann")
    room.name(0, "Ann")
    expect(room.peer(0)?.seat).toBe(0)
  })
})

describe("a singer who comes back on another stream", () => {
  it("takes name and seat of the silent former self, who leaves", () => {
    const room = open()
    room.join(0)
    room.hear(0)
    room.name(0, "Ann")
    room.silence(0)
    room.told()
    room.join(3)
    room.name(3, "Ann")
    expect(room.peers().map(({ slot, name, seat }) => [slot, name, seat])).toEqual([[3, "Ann", 0]])
    expect(room.told()).toEqual(["JOINED peer 4", "LEFT Ann", "NAMED Ann peer 4"])
  })

  it("is another singer while the first can still be heard", () => {
    const room = open()
    room.join(0)
    room.hear(0)
    room.name(0, "Ann")
    room.join(3)
    room.name(3, "Ann")
    expect(room.names()).toEqual(["Ann", "Ann (2)"])
  })
})

it("after 20,000 random events names are unique, seats are given once, and each slot has one peer", () => {
  const random = createRandom(47)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const room = open(["Ann", "Ben", "Cleo"], ["Song", "peer 2"])
  const present = new Set<number>()
  for (let event = 0; event < 20_000; event++) {
    const slot = Math.floor(random() * 6)
    const kind = pick(["join", "name", "name", "hear", "silence", "leave"] as const)
    if (kind === "join") {
      if (!present.has(slot)) room.join(slot, event)
    } else if (kind === "name") room.name(slot, pick(["Ann", "Ben", "Dora", "Song", "peer 4", "Ann (2)"]))
    else if (kind === "hear") room.hear(slot)
    else if (kind === "silence") room.silence(slot)
    else room.leave(slot)
    present.clear()
    for (const peer of room.peers()) present.add(peer.slot)
    const names = room.names()
    expect(new Set([...names, "Song"]).size).toBe(names.length + 1)
    const seats = room.peers().map(({ seat }) => seat).filter((seat) => seat >= 0)
    expect(new Set(seats).size).toBe(seats.length)
    for (const peer of room.peers()) if (peer.seat >= 0) expect(peer.name.startsWith(["Ann", "Ben", "Cleo"][peer.seat]!)).toBe(true)
  }
})
