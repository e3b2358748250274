import { describe, expect, it } from "vitest"
import { createJitterWishReader, JITTER_WISH_BYTES } from "../../../src/actors/jitter/wish.ts"
import { createJitterWishes } from "../../../src/actors/party/jitter-wishes.ts"
import type { PartyPlan } from "../../../src/runtime/arena/party-plan.ts"
import type { JitterSpec, Preset } from "../../../src/runtime/preset/preset.ts"

/** Two slots and two sources, of which the first is heard here. */
const open = () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const at = (index: number): number => index * JITTER_WISH_BYTES
  const plan = { peers: [{ wish: at(0) }, { wish: at(1) }], sources: [{ jitter: { wish: at(2) } }, {}] } as unknown as PartyPlan
  const preset = { sources: [{ name: "Song" }, { name: "Mic" }] } as unknown as Preset
  const specs: Record<string, JitterSpec> = { "*": { policy: "steady" }, Ann: { delayMs: 12 }, Song: { policy: "tight" } }
  const wishes = createJitterWishes(memory, plan, preset, { inForce: (name) => specs[name] ?? { policy: "steady" } })
  const readers = [0, 1, 2].map((index) => createJitterWishReader(memory, at(index)))
  /** What each buffer was told since last asked. */
  const told = () => readers.map((reader) => {
    const said: unknown[] = []
    reader.follow({ setPolicy: (...policy) => void said.push(policy.filter((each) => each !== undefined).join(" ")), setDelay: (delayMs) => void said.push(delayMs) })
    return said[0]
  })
  return { ...wishes, specs, told, newReader: () => createJitterWishReader(memory, at(0)) }
}

describe("wishes", () => {
  it("are at first those of whoever comes, and of each local source", () => {
    const { follow, told } = open()
    follow()
    expect(told()).toEqual(["steady", "steady", "tight"])
  })

  it("follow the name of who has the slot, and only where something changes", () => {
    const { follow, seat, told } = open()
    follow()
    told()
    seat(1, "peer 2")
    expect(told()).toEqual([undefined, undefined, undefined])
    seat(1, "Ann")
    expect(told()).toEqual([undefined, 12, undefined])
    seat(1, undefined)
    expect(told()).toEqual([undefined, "steady", undefined])
  })

  it("follow what is set, and are there for a thread that comes later", () => {
    const { follow, seat, specs, told, newReader } = open()
    seat(0, "Ann")
    told()
    specs["Ann"] = { policy: "safe", minMs: 3, maxMs: 90 }
    follow()
    expect(told()).toEqual(["safe 3 90", undefined, undefined])
    const said: unknown[] = []
    newReader().follow({ setPolicy: (...policy) => void said.push(policy), setDelay: () => undefined })
    expect(said).toEqual([["safe", 3, 90]])
  })
})
