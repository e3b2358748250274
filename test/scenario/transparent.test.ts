/**
 * What one computer sends another records bit for bit: nothing missing, nothing doubled, nothing put in.
 *
 * `listen` without --play takes a delay of 100 ms and blocks of 256 frames, since nobody hears it live. So these tests show that
 * the path is exact, also where other work stops this machine for some milliseconds; what the delay may be at its smallest is a
 * matter of the bench. Where a machine stands still for longer, a party says so, and the journey is made again.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, describe, expect, test } from "vitest"
import { cliPath, freeRtpPort, startEngine, toldOfStall } from "../helpers/engine.ts"
import type { EngineOptions, EngineRun } from "../helpers/engine.ts"
import { netnsMissing, openNetns } from "../helpers/netns.ts"
import type { Netns } from "../helpers/netns.ts"
import { compareSounds, exact, isExact, makeSound, readSamples, recordingOf, writeSound } from "../helpers/sound-files.ts"

const folder = mkdtempSync(join(tmpdir(), "transparent-"))
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const notBuilt = existsSync(cliPath) ? undefined : "the program is not built"
const noNetns = netnsMissing()
const titled = (title: string, why: string | undefined): string => (why === undefined ? title : `${title} (skipped: ${why})`)

interface Journey {
  readonly name: string
  readonly seconds: number
  readonly channelCount: number
  readonly bits: 16 | 24
  readonly codec: "l16" | "l24"
  readonly packet: number
  readonly address: string
  readonly netns?: Netns
}

/** `send`, or where that would take a mono file for one that might be stereo, its packets for too long, a preset. */
const sendFile = async (journey: Journey, file: string, options: EngineOptions): Promise<EngineRun> => {
  const { name, channelCount, codec, packet, address } = journey
  if (channelCount === 2) {
    return startEngine(["send", file, "--to", address, "--codec", codec, "--packet", String(packet)], options)
  }
  const preset = `${file}.yaml`
  writeFileSync(preset, [
    "party: Sender", `network: { listen: none, send: ["${address}"], codec: ${codec}, packet: ${packet} }`,
    `sources: [{ name: "${name}", file: "${file}", channels: 1, send: true, local: false }]`, "outputs: [{ null: true }]", "",
  ].join("\n"))
  const sender = startEngine(["run", preset], options)
  await sender.event("source ended")
  // What was read is not yet on the wire.
  await sleep(300)
  sender.interrupt()
  return sender
}

/** Sends a file from one process to another, which records; returns what became of it. */
const travel = async (journey: Journey, attempt: number) => {
  const { name, seconds, channelCount, bits, packet, address } = journey
  // No whole number of packets or blocks.
  const sent = makeSound(seconds * 48000 + 77, channelCount, bits, packet)
  const file = join(folder, `${name}.wav`)
  const takes = join(folder, `${name}-${attempt}`)
  writeSound(file, sent, bits)
  const options = { cwd: folder, limitMs: (seconds + 30) * 1000, ...(journey.netns !== undefined && { netns: journey.netns }) }

  const listener = startEngine(["listen", address, "--record", takes], options)
  await listener.event("notice", "listening")
  const sender = await sendFile(journey, file, options)
  expect(await sender.ended).toMatchObject({ code: 0, err: "" })
  await listener.event("recording stopped", name)
  expect(await listener.stop()).toMatchObject({ code: 0, err: "" })

  const { samples, bits: recordedBits } = readSamples(recordingOf(takes, name))
  expect({ recordedBits, channelCount: samples.length }).toEqual({ recordedBits: 24, channelCount })
  // One for each peer, named by it, and the mix.
  expect(readdirSync(takes).map((path) => path.split(" - ")[1])).toEqual(expect.arrayContaining([name, "master"]))
  expect(readdirSync(takes)).toHaveLength(2)
  return {
    comparison: compareSounds(samples, sent, bits),
    counters: listener.stats.flatMap(({ strips }) => strips.find((strip) => strip.name === name)?.counters ?? []).at(-1),
    told: [...sender.events, ...listener.events].map(({ kind, subject, text }) => `${kind} ${subject} ${text}`),
  }
}

const mostAttempts = 3

/** Where the machine stood still a party says so, and the journey is made again. The path itself has no excuse. */
const isWhole = async (journey: Journey): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    const { comparison, counters, told } = await travel(journey, attempt)
    if (!isExact(comparison) && attempt < mostAttempts && toldOfStall(told)) continue
    expect(comparison, told.join("\n")).toMatchObject(exact)
    // 500 ms of silence go before each stream; what is recorded begins with that.
    expect(comparison.start).toBeGreaterThan(0.4 * 48000)
    return expect(counters, told.join("\n")).toMatchObject({ lost: 0, late: 0, duplicate: 0, reordered: 0, slips: 0 })
  }
}

describe.skipIf(notBuilt !== undefined).concurrent(titled("a file that is sent and recorded", notBuilt), () => {
  test.skipIf(noNetns !== undefined)(titled("comes bit-exact over multicast: 30 s, stereo, 24 bits, L24", noNetns), async () => {
    const netns = await openNetns()
    try {
      await isWhole({ name: "Long", seconds: 30, channelCount: 2, bits: 24, codec: "l24", packet: 128, address: "239.255.43.2:5004", netns })
    } finally {
      await netns.close()
    }
  }, 180_000)

  test("comes bit-exact over unicast: 5 s, 16 bits, L16, 240 frames a packet in stereo and 480 in mono", async () => {
    // While the long one is on its way, and one after the other: programs that start at the same moment take each other's time.
    await sleep(4000)
    for (const [name, channelCount, packet] of [["Two Forty", 2, 240], ["Four Eighty", 1, 480]] as const) {
      await isWhole({ name, seconds: 5, channelCount, bits: 16, codec: "l16", packet, address: `127.0.0.1:${await freeRtpPort()}` })
    }
  }, 120_000)
})
