/** No garbage collection in the threads of mixer, jitter buffers and playback, in 100,000 blocks of a busy party. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"

const blocks = 100_000
/**
 * Before the compiler has made machine code of a function, its fractions lie on the heap. What is called once a block is compiled
 * after some ten thousand calls, what is met seldom (a gap, a slip, a new stream) later: so long is the warm-up, with a network
 * that is far worse than in the run.
 */
const warmUpBlocks = 20_000
const busyMachineMs = 240_000

interface Outcome {
  readonly seconds: number
  readonly threads: Readonly<Record<string, { readonly warmUp: readonly string[]; readonly run: readonly string[]; readonly bytesPerBlock: number }>>
  readonly blocks: number
  readonly pulls: number
  readonly concealed: number
  readonly late: number
  readonly repeated: number
  readonly underruns: number
}

/**
 * The compiler works in the loops' own threads here: with a thread of its own, which a busy machine keeps waiting, code that was met
 * for the first time would be interpreted for long. What is compiled is the same.
 */
const execArgv = ["--expose-gc", "--no-concurrent-recompilation"]

const run = async (): Promise<Outcome> => {
  const script = fileURLToPath(new URL("collections-script.mjs", import.meta.url))
  const child = fork(script, [String(warmUpBlocks), String(blocks)], { execArgv })
  const outcomes: Outcome[] = []
  child.on("message", (message: Outcome) => void outcomes.push(message))
  const [code] = (await once(child, "exit")) as [number | null]
  const [outcome] = outcomes
  if (outcome === undefined) throw new Error(`the run ended with exit code ${code} and without a word`)
  const each = Object.entries(outcome.threads).map(([id, { warmUp, run: found, bytesPerBlock }]) =>
    `${id} ${found.length} collections (${warmUp.length} while warming up), ${bytesPerBlock.toFixed(1)} bytes a block`)
  console.log(`${blocks} blocks in ${outcome.seconds.toFixed(1)} s: ${each.join("; ")}`)
  return outcome
}

describe(`${blocks} blocks of eight peers, echo, reverb, limiter and recorder`, () => {
  let outcome: Outcome | undefined

  beforeAll(async () => {
    outcome = await run()
    // Where the machine's own hiccups led a loop into code that it had not met before, that was interpreted at first. A loop that
    // allocates does so every time.
    if (Object.values(outcome.threads).some((thread) => thread.run.length > 0)) outcome = await run()
  }, busyMachineMs)

  it("were mixed, with every kind of trouble that a network has", () => {
    expect(outcome?.blocks).toBeGreaterThanOrEqual(blocks + warmUpBlocks)
    expect(outcome!.pulls).toBeGreaterThan(4 * blocks)
    for (const trouble of ["concealed", "late", "repeated"] as const) expect(outcome![trouble], trouble).toBeGreaterThan(50)
    expect(outcome!.underruns).toBeLessThan(blocks / 4)
  })

  it.each(["mixer", "jitter-0", "playback-0"])("bring no collection in %s", (id) => {
    // That collections would have been seen shows the one that is asked for before the run.
    expect(outcome!.threads[id]!.warmUp).toContain("major")
    expect(outcome!.threads[id]!.run).toEqual([])
  })

  // A single number that is boxed makes 16 bytes; one in each peer's pull, 128. The mixer has a source's jitter buffer, whose seldom
  // paths, met only once a gap, take far longer to be compiled there than where eight peers go through them.
  it.each([["mixer", 48], ["jitter-0", 64], ["playback-0", 15]] as const)("leave next to nothing on the heap of %s: less than %d bytes a block", (id, limit) => {
    expect(outcome!.threads[id]!.bytesPerBlock).toBeLessThan(limit)
  })
})
