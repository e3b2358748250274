/**
 * What one computer sends another records bit for bit: nothing missing, nothing doubled, nothing put in.
 *
 * `listen` without --play takes a delay of 100 ms and blocks of 512 frames, since nobody hears it live. So these tests show that
 * the path is exact, also where other work stops this machine for some milliseconds; what the delay may be at its smallest is a
 * matter of the bench.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { cliPath, freeRtpPort, startEngine } from "../helpers/engine.ts"
import { netnsMissing, openNetns } from "../helpers/netns.ts"
import type { Netns } from "../helpers/netns.ts"
import { compareSounds, exact, makeSound, readSamples, recordingOf, writeSound } from "../helpers/sound-files.ts"

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

/** Sends a file from one process to another, which records; returns what became of it. */
const travel = async (journey: Journey) => {
  const { name, seconds, channelCount, bits, codec, packet, address } = journey
  const sent = makeSound(seconds * 48000, channelCount, bits, packet)
  const file = join(folder, `${name}.wav`)
  const takes = join(folder, `${name}-takes`)
  writeSound(file, sent, bits)
  const options = { cwd: folder, limitMs: (seconds + 30) * 1000, ...(journey.netns !== undefined && { netns: journey.netns }) }

  const listener = startEngine(["listen", address, "--record", takes], options)
  await listener.event("notice", "listening")
  const sender = await startEngine(["send", file, "--to", address, "--codec", codec, "--packet", String(packet)], options).ended
  await listener.event("recording stopped", name)
  const heard = await listener.stop()

  const path = recordingOf(takes, name)
  const { samples, bits: recordedBits } = readSamples(path)
  return {
    exits: [sender.code, heard.code], errors: sender.err + heard.err, files: readdirSync(takes), recordedBits, channelCount: samples.length,
    comparison: compareSounds(samples, sent, bits),
    counters: listener.stats.flatMap(({ strips }) => strips.find((strip) => strip.name === name)?.counters ?? []).at(-1),
    told: listener.events.map(({ kind, subject, text }) => `${kind} ${subject} ${text}`).join("\n"),
  }
}

const isWhole = async (journey: Journey): Promise<void> => {
  const { exits, errors, files, recordedBits, channelCount, comparison, counters, told } = await travel(journey)
  expect({ exits, errors }).toEqual({ exits: [0, 0], errors: "" })
  expect({ recordedBits, channelCount }).toEqual({ recordedBits: 24, channelCount: journey.channelCount })
  expect(comparison, told).toMatchObject(exact)
  // 500 ms of silence go before each stream; what is recorded begins with that.
  expect(comparison.start).toBeGreaterThan(0.4 * 48000)
  expect(counters, told).toMatchObject({ lost: 0, late: 0, duplicate: 0, reordered: 0, slips: 0 })
  expect(files.map((file) => file.split(" - ")[1]).toSorted()).toEqual([journey.name, "master"].toSorted())
}

describe.skipIf(notBuilt !== undefined).concurrent(titled("a file that is sent and recorded", notBuilt), () => {
  test.skipIf(noNetns !== undefined)(titled("comes bit-exact over multicast: 30 s, stereo, 24 bits, L24", noNetns), async () => {
    const netns = await openNetns()
    try {
      await isWhole({ name: "Long", seconds: 30, channelCount: 2, bits: 24, codec: "l24", packet: 128, address: "239.255.43.2:5004", netns })
    } finally {
      await netns.close()
    }
  }, 75_000)

  test.each([
    { name: "Two Forty", channelCount: 2, packet: 240 },
    { name: "Four Eighty", channelCount: 1, packet: 480 },
  ])("comes bit-exact over unicast: 5 s, $channelCount channels, 16 bits, L16, $packet frames a packet", async ({ name, channelCount, packet }) => {
    await isWhole({ name, seconds: 5, channelCount, bits: 16, codec: "l16", packet, address: `127.0.0.1:${await freeRtpPort()}` })
  }, 45_000)
})
