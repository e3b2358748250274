/**
 * The flight recorder: parties whose two singers come over a bad network are traced, and their traces are replayed by the command line:
 * bit by bit, with the figures that the party had, from the beginning or from the middle, whatever died meanwhile.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { internalsOf } from "../../src/actors/party/internals.ts"
import { runParty, type Party, type PartyEvent } from "../../src/index.ts"
import { MixerStats } from "../../src/runtime/arena/pages.ts"
import { JitterStats } from "../../src/runtime/jitter/jitter-stats.ts"
import { openStats } from "../../src/runtime/ring/stats-page.ts"
import { Sabotage } from "../../src/runtime/ring/thread-words.ts"
import { openBadRelay, type BadRelay } from "../helpers/bad-relay.ts"
import { enginePid, runCli, seesChildren } from "../helpers/cli.ts"
import { callCli, type Outcome } from "../helpers/engine.ts"
import { followStats, freePort, sleep, until } from "../helpers/party-rig.ts"
import { readSound } from "../helpers/read-wav.ts"

const rateHz = 48_000
const blockFrames = 128
const folder = mkdtempSync(join(tmpdir(), "trace-"))
afterAll(() => rmSync(folder, { recursive: true }))

type Figures = Readonly<Record<string, number>> & { readonly stats: Readonly<Record<string, number>>; readonly curve: readonly unknown[] }

/** What `replay --json` prints, as far as it is looked at here. */
interface Replayed {
  readonly identical: boolean
  readonly ended: boolean
  readonly pulls: number
  readonly differing: number
  readonly durationMs: number
  readonly speed: number
  readonly lostRecords: number
  readonly first?: unknown
  readonly wavs: readonly string[]
  readonly streams: readonly {
    readonly name: string
    readonly slot: number
    readonly pulls: number
    readonly fromMs: number
    readonly toMs: number
    readonly received: Readonly<Record<string, number>>
    readonly recorded: Figures
    readonly whatIf?: Figures
  }[]
}

const replayed = ({ code, out, err }: Outcome): Replayed => {
  if (code !== 0) throw new Error(`replay ended with ${code}: ${out} ${err}`)
  return JSON.parse(out) as Replayed
}
const replay = async (...args: string[]): Promise<Replayed> => replayed(await callCli(["replay", ...args, "--json"], { cwd: folder }))
const named = (result: Replayed, name: string) => result.streams.filter((stream) => stream.name === name)

interface Rig {
  readonly party: Party
  readonly events: PartyEvent[]
  readonly relay: BadRelay
}

const startParty = async (trace: { readonly path: string; readonly lastMs?: number }, seed: number): Promise<Rig> => {
  const port = await freePort()
  const relay = await openBadRelay(port, seed)
  const party = await runParty({
    party: "Traced",
    network: { listen: `127.0.0.1:${port}`, send: [`127.0.0.1:${relay.port}`], loopback: true, codec: "l16", peers: 4 },
    jitter: { policy: "steady", threads: 2 },
    sources: [
      { name: "Ann", tone: "440Hz", gain: "-12dB", send: true, local: false },
      { name: "Ben", tone: "331Hz", gain: "-12dB", send: true, local: false },
    ],
    mix: { strips: { Ann: { inserts: [{ use: "recorder", path: "dry" }] } } },
    outputs: [{ null: true }],
  }, { workDir: folder, statsMs: 50, trace })
  const events: PartyEvent[] = []
  party.events.subscribe((event) => events.push(event))
  const stats = followStats(party)
  await until("both singers are heard by their names", () =>
    stats()?.strips.filter(({ name, state, peakDb }) => ["Ann", "Ben"].includes(name) && state === "live" && peakDb > -30).length === 2)
  return { party, events, relay }
}

const endParty = async ({ party, relay }: Rig): Promise<void> => {
  await party.stop()
  await relay.close()
}

/** The buffers' pages, as the last pull has left them. */
const pagesOf = (party: Party) => {
  const { memory, plan } = internalsOf(party)
  return plan.peers.map((peer) => openStats(memory, peer.jitterStats, JitterStats))
}

/** By name, as JSON has them: it knows no -0. */
const figuresOf = (page: Float64Array): Record<string, number> =>
  Object.fromEntries(Object.entries(JitterStats).map(([name, field]) => [name, page[field]! + 0]))

/** Frames of a take that are looked for at once. */
const pieceFrames = 512

const liesAt = (whole: Float32Array, part: Float32Array, at: number): boolean => part.every((value, i) => whole[at + i] === value)

/** Where `part` begins in `whole`, from a place on; -1: nowhere. */
const find = (whole: Float32Array, part: Float32Array, from: number): number => {
  const first = part[0] ?? 0
  for (let at = whole.indexOf(first, Math.max(0, from)); at >= 0; at = whole.indexOf(first, at + 1)) if (liesAt(whole, part, at)) return at
  return -1
}

describe("a traced party", () => {
  const path = join(folder, "whole.trace")
  let rig: Rig
  let result: Replayed

  beforeAll(async () => {
    rig = await startParty({ path }, 1)
    await sleep(2500)
    rig.party.set("jitter.policy", "tight")
    await sleep(2000)
    await endParty(rig)
    result = await replay(path)
  }, 60_000)

  it("is replayed bit by bit, with a change of policy on the way", () => {
    expect(result).toMatchObject({ identical: true, ended: true, differing: 0, lostRecords: 0 })
    expect(result.first).toBeUndefined()
    expect(result.streams.map(({ name }) => name).toSorted()).toEqual(["Ann", "Ben"])
    expect(result.pulls).toBeGreaterThan(2 * 4.5 * (rateHz / blockFrames) * 0.8)
  })

  it("has in the end the figures that the party had", () => {
    const pages = pagesOf(rig.party)
    for (const { slot, recorded } of result.streams) {
      const page = pages[slot]!
      expect(recorded.stats).toEqual(figuresOf(page))
      expect(recorded["concealmentEvents"]).toBeGreaterThan(3)
      expect(recorded["concealedFrames"]).toBe(page[JitterStats.concealedFrames])
      expect(recorded.curve.length).toBeGreaterThan(10)
    }
    for (const { received } of result.streams) {
      expect(received["lost"]).toBeGreaterThan(0)
      expect(received["duplicate"]).toBeGreaterThan(0)
      expect(received["reordered"]).toBeGreaterThan(0)
    }
  })

  it("waits longer for fewer gaps under safe, and less under tight", async () => {
    const [safe, tight] = await Promise.all([replay(path, "--policy", "safe"), replay(path, "--policy", "tight")])
    for (const name of ["Ann", "Ben"]) {
      const [one] = named(safe, name)
      const [other] = named(tight, name)
      expect(one!.recorded).toEqual(named(result, name)[0]!.recorded)
      expect(one!.whatIf!["delayMs"]).toBeGreaterThan(other!.whatIf!["delayMs"]! + 2)
      expect(one!.whatIf!["concealedFrames"]).toBeLessThan(other!.whatIf!["concealedFrames"]!)
      expect(other!.whatIf!["delayMs"]).toBeLessThanOrEqual(other!.recorded["delayMs"]! + 0.1)
    }
  })

  it("keeps the delay that is asked for", async () => {
    const { streams } = await replay(path, "--delay", "80ms", "--stream", "Ben")
    expect(streams.map(({ name }) => name)).toEqual(["Ben"])
    expect(streams[0]!.whatIf!["targetMs"]).toBeCloseTo(80, 0)
  })

  it("renders what the recorder has recorded of the singer", async () => {
    const { wavs } = await replay(path, "--stream", "Ann", "--wav", join(folder, "ann.wav"))
    const [rendered] = await readSound(wavs[0]!, 1)
    const [take] = readdirSync(join(folder, "dry"))
    const [dry] = await readSound(join(folder, "dry", take!), 1)
    // Where the machine stood still the recorder has silence, and goes on so much later: then the place is looked for again.
    let offset = 0
    let same = 0
    const pieces = Math.floor(dry!.length / pieceFrames)
    for (let piece = 0; piece < pieces; piece++) {
      const from = piece * pieceFrames
      const part = dry!.subarray(from, from + pieceFrames)
      if (!liesAt(rendered!, part, from + offset)) {
        const at = find(rendered!, part, from + offset - rateHz)
        if (at < 0) continue
        offset = at - from
      }
      same++
    }
    expect(pieces).toBeGreaterThan((3.5 * rateHz) / pieceFrames)
    // What the mixer had to do without it fades out, and in again when it comes; nothing else may differ.
    const { memory, plan } = internalsOf(rig.party)
    const mixer = openStats(memory, plan.mixerStats, MixerStats)
    const hiccups = mixer[MixerStats.jitterMisses]! + mixer[MixerStats.skippedBlocks]!
    expect(pieces - same).toBeLessThanOrEqual(1 + 3 * hiccups)
    expect(same / pieces).toBeGreaterThan(0.8)
  })

  it("runs again much faster than it ran", () => {
    expect(result.speed).toBeGreaterThan(2)
  })

  it("tells where it is", () => {
    expect(rig.events.filter(({ kind }) => kind.startsWith("trace")).map(({ kind, subject }) => [kind, subject]))
      .toEqual([["trace started", path], ["trace stopped", path]])
  })
})

describe("a trace of the last five seconds", () => {
  const path = join(folder, "last.trace")
  const bytesAt: number[] = []
  let rig: Rig
  let result: Replayed

  beforeAll(async () => {
    rig = await startParty({ path, lastMs: 5000 }, 2)
    const { words } = internalsOf(rig.party)
    const restarted = (id: string): Promise<unknown> => until(`${id} is back`, () =>
      rig.events.find(({ kind, subject, text }) => kind === "notice" && subject === id && text.startsWith("back")))
    await sleep(1500)
    words["trace"]!.setSabotage(Sabotage.exit)
    words["trace"]!.raiseControl()
    await restarted("trace")
    await sleep(7000)
    words["jitter-0"]!.setSabotage(Sabotage.exit)
    words["jitter-0"]!.raiseControl()
    await restarted("jitter-0")
    await sleep(1000)
    bytesAt.push(...readdirSync(`${path}.parts`).map((name) => statSync(join(`${path}.parts`, name)).size))
    await endParty(rig)
    result = await replay(path)
  }, 60_000)

  it("begins in the middle and is identical, though its own thread and a jitter thread had died", () => {
    expect(result).toMatchObject({ identical: true, ended: true, differing: 0 })
    expect(result.durationMs).toBeGreaterThanOrEqual(5000)
    const stopped = rig.events.find(({ kind }) => kind === "party stopped")!
    expect(result.durationMs).toBeLessThan(stopped.timeMs - 1000)
    // The thread that died began anew.
    expect(result.streams.filter(({ slot }) => slot % 2 === 0).length).toBeGreaterThanOrEqual(2)
    expect(result.streams.filter(({ slot }) => slot % 2 === 1)).toHaveLength(1)
    expect(new Set(result.streams.map(({ name }) => name))).toEqual(new Set(["Ann", "Ben"]))
  })

  it("ends with the figures that the party had", () => {
    const pages = pagesOf(rig.party)
    for (const slot of new Set(result.streams.map((stream) => stream.slot))) {
      const last = result.streams.filter((stream) => stream.slot === slot).at(-1)!
      expect(last.recorded.stats).toEqual(figuresOf(pages[slot]!))
    }
  })

  it("is small, and one file in the end", () => {
    expect(existsSync(`${path}.parts`)).toBe(false)
    // 0.15 MB a second and singer; each state is half a megabyte.
    expect(statSync(path).size).toBeLessThan(2 * 10 * 200_000 + 8 * 700_000)
    expect(bytesAt.length).toBeGreaterThanOrEqual(2)
  })
})

describe("a trace whose file is taken away", () => {
  it("ends with an event, and the party plays on", async () => {
    const path = join(folder, "gone.trace")
    const rig = await startParty({ path }, 3)
    try {
      rmSync(path)
      const failed = await until("it has ended", () => rig.events.find(({ kind }) => kind === "trace failed"))
      expect(failed).toMatchObject({ subject: path, text: "the file was removed; it ends here, the party goes on" })
      const pulls = (): number => pagesOf(rig.party)[0]![JitterStats.pulls]!
      const before = pulls()
      await until("blocks are pulled", () => pulls() > before + 100)
    } finally {
      await endParty(rig)
    }
    expect(rig.events.some(({ kind }) => kind === "trace stopped" || kind === "thread restarted")).toBe(false)
  }, 30_000)
})

describe("the command line", () => {
  it.skipIf(!seesChildren)("leaves a trace that can be read when its engine is killed, and begins another (needs /proc)", async () => {
    const port = await freePort()
    const preset = join(folder, "p.yaml")
    writeFileSync(preset, [
      "party: Killed", `network: { listen: 127.0.0.1:${port}, send: [127.0.0.1:${port}], loopback: true, peers: 2 }`,
      "sources: [{ name: Ann, tone: 440Hz, send: true }]", "outputs: [{ null: true }]",
    ].join("\n"))
    const cli = runCli(folder, "run", preset, "--trace", "killed.trace", "--json")
    try {
      const engine = await enginePid(cli)
      await until("it is traced", () => cli.events("trace started").length === 1)
      await until("somebody is heard", () => cli.events("new stream").length === 1)
      await sleep(1200)
      process.kill(engine, "SIGKILL")
      await until("another trace has begun", () => cli.events("trace started").length === 2, 20_000)
      await until("somebody is heard again", () => cli.events("new stream").length === 2)
      await sleep(500)
    } finally {
      cli.signal("SIGINT")
      await cli.ended
    }
    expect(cli.events("trace started").map(({ subject }) => subject)).toEqual([join(folder, "killed.trace"), join(folder, "killed (2).trace")])
    const [first, second] = [await replay("killed.trace"), await replay("killed (2).trace")]
    expect(first).toMatchObject({ identical: true, ended: false })
    expect(second).toMatchObject({ identical: true, ended: true })
    expect(first.pulls).toBeGreaterThan((rateHz / blockFrames) * 0.8)
    expect(second.pulls).toBeGreaterThan(0)
  }, 60_000)

  it("says at once that a trace cannot be written", async () => {
    const { code, err } = await callCli(["run", join(folder, "p.yaml"), "--trace", "/proc/none/x.trace", "--for", "1s"], { cwd: folder })
    expect(code).toBe(2)
    expect(err).toMatch(/\/proc\/none\/x\.trace: .*\n +Check that the folder/)
  })

  it("ends with 1 where a pull differs, and with 2 where the trace is damaged or none", async () => {
    const bytes = readFileSync(join(folder, "whole.trace"))
    const middle = Math.floor(bytes.length / 2)
    const call = async (name: string, change: (copy: Buffer) => void): Promise<Outcome> => {
      const copy = Buffer.from(bytes)
      change(copy)
      writeFileSync(join(folder, name), copy)
      return callCli(["replay", name], { cwd: folder })
    }
    // A packet's samples: whichever lies there, some bytes of it are audio.
    const differs = await call("changed.trace", (copy) => {
      for (let i = 0; i < 1200; i += 1) if (isAudio(copy, middle + i)) copy[middle + i]! ^= 0x55
    })
    const verdict = /differs: [\d,]+ of [\d,]+ pulls of 2 streams; the first at 00:0\d\.\d+, (?:Ann|Ben), its pull [\d,]+\n +samples recorded: [0-9a-f]{8}/
    expect([differs.code, differs.out]).toEqual([1, expect.stringMatching(verdict)])
    const damaged = await call("damaged.trace", (copy) => { copy.fill(0, middle, middle + 3000) })
    expect([damaged.code, damaged.err]).toEqual([2, expect.stringMatching(/damaged at byte \d+/)])
    expect((await callCli(["replay", "p.yaml"], { cwd: folder })).code).toBe(2)
    expect((await callCli(["replay", "none.trace"], { cwd: folder })).code).toBe(2)
  }, 60_000)
})

/** Whether the byte is of a packet's payload: records are walked from the beginning. */
const isAudio = (bytes: Buffer, place: number): boolean => {
  let at = 8
  while (at + bytes.readInt32LE(at) <= place) at += bytes.readInt32LE(at)
  return (bytes.readInt32LE(at + 4) & 0xff) === 6 && place >= at + 48 && place < at + 48 + bytes.readInt32LE(at + 8 + 32)
}
