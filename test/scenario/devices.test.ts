/**
 * The whole engine on real devices: a microphone's sound goes through the party to the speakers, with each backend; a sink that is
 * unplugged and plugged in again comes back, and the party records on without it. The sound server is a private PulseAudio with
 * null sinks.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { alsaMissing, pulseMissing, startPulse, type Pulse } from "../helpers/pulse.ts"
import { readSound } from "../helpers/read-wav.ts"
import { channelOf, listen, sine } from "../runtime/io/device/tone.ts"

const HZ = 440
/** How far the pitch may be off while a delay is being steered, which a loaded machine's devices make it be: 5 cents. */
const MOST_OFF = 0.003
const missing = { pulse: pulseMissing(), naudiodon: alsaMissing() }
const title = (text: string, why: string | undefined): string => (why === undefined ? text : `${text} (skipped: ${why})`)

interface Line {
  readonly type: string
  readonly kind?: string
  readonly subject?: string
  readonly text?: string
  readonly strips?: readonly { readonly state: string }[]
  readonly outputs?: readonly { readonly state: string }[]
}

/** A party of the command line, with what it prints as JSON. */
class Running {
  readonly lines: Line[] = []
  private readonly child: ChildProcess
  readonly done: Promise<number>
  constructor(preset: string, cwd: string, env: Readonly<Record<string, string>>) {
    const main = new URL("../../dist/cli/main.js", import.meta.url).pathname
    this.child = spawn(process.execPath, [main, "run", preset, "--json"], { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] })
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.lines.push(JSON.parse(line) as Line))
    this.done = new Promise((resolve) => this.child.once("exit", (code) => resolve(code ?? -1)))
  }
  async until(what: (line: Line) => boolean, name: string, from = 0): Promise<Line> {
    for (let tries = 0; tries < 240; tries++) {
      const found = this.lines.slice(from).find(what)
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`${name} did not come; events: ${JSON.stringify(this.lines.filter((line) => line.type === "event").slice(-12))}`)
  }
  stop(): Promise<number> {
    this.child.kill("SIGINT")
    return this.done
  }
}

describe.each(["pulse", "naudiodon"] as const)("a party on real devices by %s", (backend) => {
  const why = missing[backend]
  let pulse: Pulse
  let folder: string
  beforeAll(async () => {
    if (why === undefined) pulse = await startPulse()
    folder = mkdtempSync(join(tmpdir(), "wifi-party-devices-"))
    writeFileSync(join(folder, "party.yaml"), `
party: Devices
audio: { backend: ${backend} }
network: { listen: none }
sources:
  - { name: Mic, device: default, channels: 1, local: true }
mix: { master: { inserts: [{ use: recorder, path: takes, bits: "32" }] } }
outputs: [{ device: default }]
`)
  })
  afterAll(async () => {
    await pulse?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it.skipIf(why !== undefined)(title("brings the microphone to the speakers, survives their unplugging, and records throughout", why), async () => {
    const party = new Running("party.yaml", folder, pulse.env)
    await party.until((line) => line.kind === "device opened" && line.subject === "default", "the device")
    await party.until((line) => line.outputs?.[0]?.state === "live" && line.strips?.[0]?.state === "live", "a live output and a live strip")

    const song = pulse.play(pulse.micSink, sine(HZ, 6, 0.5))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const recorded = await pulse.record(pulse.sink, 2.5)
    const heard = listen(channelOf(recorded, 2, 0), HZ, 4800)
    expect(Math.abs(heard.hz / HZ - 1)).toBeLessThan(MOST_OFF)
    expect(heard.peak).toBeGreaterThan(0.45)
    expect(heard.peak).toBeLessThan(0.55)
    await song

    // Both at once: a server moves the streams of one that goes to another that is left.
    const before = party.lines.length
    const both = (kind: string) => ["default", "Mic"].map((subject) =>
      party.until((line) => line.kind === kind && line.subject === subject, `${kind} of ${subject}`, before))
    await Promise.all([pulse.unplug(pulse.sink), pulse.unplug(pulse.micSink)])
    await Promise.all(both("device lost"))
    await new Promise((resolve) => setTimeout(resolve, 500))
    await Promise.all([pulse.plug(pulse.sink), pulse.plug(pulse.micSink)])
    await pulse.pactl("set-default-sink", pulse.sink)
    await pulse.pactl("set-default-source", `${pulse.micSink}.monitor`)
    await Promise.all(both("device opened"))
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await party.stop()).toBe(0)

    const takes = readdirSync(join(folder, "takes"))
    expect(takes).toHaveLength(1)
    const take = await readSound(join(folder, "takes", takes[0]!), 2)
    const started = party.lines.find((line) => line.kind === "recording started") as unknown as { readonly timeMs: number }
    const stopped = party.lines.findLast((line) => line.kind === "recording stopped") as unknown as { readonly timeMs: number }
    const seconds = (stopped.timeMs - started.timeMs) / 1000
    const recordedSeconds = (take[0]?.length ?? 0) / 48000
    // It goes on through the loss, for as long as it was said to.
    expect(recordedSeconds).toBeGreaterThan(seconds - 0.7)
    expect(recordedSeconds).toBeLessThan(seconds + 0.5)
    const sung = take[0]!.findIndex((value) => Math.abs(value) > 0.1)
    const { hz, peak } = listen(take[0]!.subarray(sung, sung + 3 * 48000), HZ, 4800)
    expect(Math.abs(hz / HZ - 1)).toBeLessThan(MOST_OFF)
    expect(peak).toBeGreaterThan(0.45)
  }, 40_000)
})
