import { describe, expect, it } from "vitest"
import { createRemembered } from "../../../src/cli/engine/remembered.ts"

type Setting = readonly [path: string, value: string | number | boolean]

/** What is set again, in order. refused   paths that are refused at the first try */
const replayed = async (settings: readonly Setting[], refused: readonly string[] = []): Promise<Setting[]> => {
  const remembered = createRemembered()
  for (const [path, value] of settings) remembered.note(path, value)
  const done: Setting[] = []
  const tried = new Set<string>()
  await remembered.replay(async (path, value) => {
    const taken = !refused.includes(path) || tried.has(path)
    tried.add(path)
    if (taken) done.push([path, value])
    return taken
  })
  return done
}

describe("what was set while a party ran", () => {
  it("is set again once, with its last value, in the order of the last settings", async () => {
    expect(await replayed([["a", 1], ["b", 2], ["a", 3]])).toEqual([["b", 2], ["a", 3]])
    expect(await replayed([["jitter.delay", 10], ["jitter.policy", "tight"], ["jitter.delay", 20]])).toEqual([["jitter.delay", 20]])
    expect(await replayed([["jitter.delay", 10], ["jitter.policy", "tight"]])).toEqual([["jitter.delay", 10], ["jitter.policy", "tight"]])
  })
  it("is forgotten where a kept delay or the party's setting has replaced it, on that strip only", async () => {
    expect(await replayed([
      ["jitter.min", 3], ["mix.strips.Ann.jitter.policy", "safe"], ["mix.strips.Ann.jitter.min", 200], ["mix.strips.Ben.jitter.max", 50],
      ["mix.strips.Ann.jitter.policy", "party"],
    ])).toEqual([["jitter.min", 3], ["mix.strips.Ben.jitter.max", 50], ["mix.strips.Ann.jitter.policy", "party"]])
  })
  it("is tried once more when it was refused because another was still missing", async () => {
    expect(await replayed([["jitter.min", 200], ["jitter.policy", "safe"]], ["jitter.min"])).toEqual([["jitter.policy", "safe"], ["jitter.min", 200]])
  })
})
