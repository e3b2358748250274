/**
 * The examples that come along, as a user runs them: they start, carry sound, and end cleanly. Microphones and speakers are put
 * out of play (a tone instead, a clock instead), ports are free ones, and what uses multicast has a network of its own.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import type { PartyStats, StripStats } from "../../src/runtime/report.ts"
import { parseSdp } from "../../src/runtime/rtp/sdp.ts"
import { cliPath, freeRtpPort, runProgram, startEngine } from "../helpers/engine.ts"
import type { EngineRun } from "../helpers/engine.ts"
import { netnsMissing, openNetns } from "../helpers/netns.ts"
import type { Netns } from "../helpers/netns.ts"

const folder = mkdtempSync(join(tmpdir(), "examples-"))
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const root = join(import.meta.dirname, "..", "..")
const notBuilt = !existsSync(cliPath)
const noNetns = netnsMissing()
const why = noNetns === undefined ? "" : ` (skipped: ${noNetns})`

const run = (name: string, sets: readonly string[], netns?: Netns): EngineRun =>
  startEngine(["run", join(root, "examples", name), ...sets.flatMap((set) => ["--set", set])],
    { cwd: folder, ...(netns !== undefined && { netns }) })

const stripOf = ({ strips }: PartyStats, name: string): StripStats | undefined => strips.find((strip) => strip.name === name)

/** Waits until these strips are live and heard. */
const hears = (party: EngineRun, ...names: readonly string[]): Promise<PartyStats> =>
  party.until(`${names.join(" and ")} to be heard`, ({ stats }) => stats.find((report) =>
    names.every((name) => stripOf(report, name)?.state === "live" && stripOf(report, name)!.peakDb > -60)))

const sends = (party: EngineRun, packets: number): Promise<PartyStats> =>
  party.until(`${packets} packets to be sent`, ({ stats }) => stats.find(({ network }) => network.packetsSent > packets))

const endsCleanly = async (...parties: readonly EngineRun[]): Promise<void> => {
  for (const party of parties) expect(await party.stop()).toMatchObject({ code: 0, err: "" })
  for (const { events } of parties) expect(events.filter(({ kind }) => /restarted|failed|bypassed/.test(kind))).toEqual([])
}

const noSpeakers = "outputs=[{ null: true }]"

describe.skipIf(notBuilt)("an example", () => {
  test("demo: four streams of its own come back as peers, are mixed and recorded; it ends by --for", async () => {
    const port = await freeRtpPort()
    const address = `127.0.0.1:${port}`
    const party = startEngine(["run", join(root, "examples", "demo.yaml"), "--for", "3s", "--set", noSpeakers,
      "--set", `network.listen=${address}`, "--set", `network.send=[${address}]`], { cwd: folder })
    const heard = await hears(party, "Song", "Ann", "Ben", "Cleo")
    expect(heard.strips.map(({ kind }) => kind)).toEqual(["peer", "peer", "peer", "peer"])
    expect(await party.ended).toMatchObject({ code: 0, err: "" })
    expect(Math.max(...party.stats.map(({ master }) => master.peakDb))).toBeGreaterThan(-20)
    const { network, recordings } = party.stats.at(-1)!
    expect(network.packetsSent).toBeGreaterThan(4 * 375)
    expect(network).toMatchObject({ malformed: 0, refused: 0 })
    expect(recordings.map(({ strip }) => strip)).toEqual(["master"])
    expect(readdirSync(join(folder, "recordings")).filter((file) => file.startsWith("Demo - master - "))).toHaveLength(1)
  }, 40_000)

  test("ktv-host and mic-only: the singer is heard at the host's, under the singer's name", async () => {
    const port = await freeRtpPort()
    const host = run("ktv-host.yaml", [noSpeakers, `network.listen=127.0.0.1:${port}`, "sources[1]={ name: Host, tone: 330Hz, gain: -12dB }"])
    await host.event("notice", "listening")
    const singer = run("mic-only.yaml", [`network.send=[127.0.0.1:${port}]`, "sources[0]={ name: Singer, tone: 440Hz, gain: -12dB, send: true }"])
    const heard = await hears(host, "Song", "Host", "Singer")
    expect(heard.strips.map(({ name, kind }) => [name, kind])).toEqual([["Song", "local"], ["Host", "local"], ["Singer", "peer"]])
    expect((await sends(singer, 375)).network.packetsReceived).toBe(0)
    await endsCleanly(singer)
    await host.event("left", "Singer")
    await endsCleanly(host)
    expect(readFileSync(join(folder, "party.log"), "utf8")).toMatch(/new stream[\s\S]*named: Singer[\s\S]*left: party over[\s\S]*party stopped/)
    expect(readdirSync(join(folder, "recordings")).some((file) => file.startsWith("Karaoke at home - master - "))).toBe(true)
  }, 40_000)

  test.skipIf(noNetns !== undefined)(`headphones: two in a group hear each other, and none of them its own stream${why}`, async () => {
    const netns = await openNetns()
    try {
      const enter = (name: string, tone: string) => run("headphones.yaml",
        [noSpeakers, `sources=[{ name: ${name}, tone: ${tone}, gain: -12dB, send: true, local: true }]`], netns)
      const ann = enter("Ann", "440Hz")
      await sends(ann, 100)
      expect(stripOf(ann.stats.at(-1)!, "Ann")).toMatchObject({ kind: "local", state: "live" })
      expect(ann.stats.at(-1)!.strips).toHaveLength(1)
      const ben = enter("Ben", "550Hz")
      const [atAnn, atBen] = await Promise.all([hears(ann, "Ann", "Ben"), hears(ben, "Ann", "Ben")])
      expect(atAnn.strips.map(({ name, kind }) => [name, kind])).toEqual([["Ann", "local"], ["Ben", "peer"]])
      expect(atBen.strips.map(({ name, kind }) => [name, kind])).toEqual([["Ben", "local"], ["Ann", "peer"]])
      await endsCleanly(ben)
      await ann.event("left", "Ben")
      await endsCleanly(ann)
    } finally {
      await netns.close()
    }
  }, 40_000)

  test.skipIf(noNetns !== undefined)(`broadcast: its streams reach who listens to the group, and are described in party.sdp${why}`, async () => {
    const netns = await openNetns()
    try {
      const listener = startEngine(["listen", "239.255.43.2:5004"], { cwd: folder, netns })
      await listener.event("notice", "listening")
      const radio = run("broadcast.yaml", ["sources[0]={ name: Computer, tone: 440Hz, channels: 2, gain: -12dB, send: true, local: false }"], netns)
      const heard = await hears(listener, "Computer", "Song")
      expect(heard.strips.map(({ format }) => format)).toEqual(["L24/48000/2", "L24/48000/2"])
      expect((await sends(radio, 2 * 200)).network.packetsReceived).toBe(0)
      for (const [file, name] of [["party.sdp", "Computer"], ["party-2.sdp", "Song"]] as const) {
        expect(parseSdp(readFileSync(join(folder, file), "utf8"))).toMatchObject({
          ok: true, stream: { sessionName: `House radio: ${name}`, address: "239.255.43.2", port: 5004, ttl: 1, ptimeMs: 5, format: { codec: "l24", channelCount: 2 } },
        })
      }
      await endsCleanly(radio)
      await listener.event("left", "Song")
      await endsCleanly(listener)
    } finally {
      await netns.close()
    }
  }, 40_000)

  test("library.mjs: a program that runs a party ends by itself", async () => {
    const { code, out, err } = await runProgram(process.execPath, [join(root, "examples", "library.mjs"), "2"], { cwd: root, limitMs: 30_000 })
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out).toMatch(/^party started: From a program/m)
    expect(out).toMatch(/^master -\d+\.\d dB, 2 strips$/m)
    expect(out).toMatch(/^party stopped: From a program/m)
  }, 40_000)
})
