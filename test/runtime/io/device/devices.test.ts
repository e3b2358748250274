/** Both backends on a private sound server with null sinks. */
import { existsSync } from "node:fs"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { ResourceError } from "../../../../src/runtime/errors.ts"
import type { DeviceBackend, OpenDevice } from "../../../../src/runtime/io/device/device.ts"
import { createNaudiodonBackend } from "../../../../src/runtime/io/device/naudiodon.ts"
import { probeDevices } from "../../../../src/runtime/io/device/probe.ts"
import { createPulseBackend } from "../../../../src/runtime/io/device/pulse.ts"
import { alsaMissing, pulseMissing, startPulse } from "../../../helpers/pulse.ts"
import type { Pulse } from "../../../helpers/pulse.ts"
import { channelOf, listen, rateHz, sine } from "./tone.ts"

const entry = new URL("../../../../dist/runtime/io/device/naudiodon-process.js", import.meta.url)
const naudiodonModule = new URL("../../../../node_modules/naudiodon/build/Release/naudiodon.node", import.meta.url)
const blockFrames = 128
const toneHz = 440

const naudiodonMissing = (): string | undefined => {
  if (!existsSync(naudiodonModule)) return "naudiodon is not built (npm ci)"
  return existsSync(entry) ? alsaMissing() : "dist is not built (npm run build)"
}

const cases = [
  { id: "pulse", missing: pulseMissing(), create: createPulseBackend, defaultOutput: "party", input: "mic.monitor", part: "PARTY" },
  { id: "naudiodon", missing: naudiodonMissing(), create: () => createNaudiodonBackend(entry), defaultOutput: "default", input: "default", part: "DEFAULT" },
]

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** A sine that is asked for block by block. */
const sineSource = (peak: number): ((block: Float32Array) => void) => {
  let frame = 0
  return (block) => {
    for (let i = 0; i < block.length; i++) block[i] = peak * Math.sin((2 * Math.PI * toneHz * (frame + (i >> 1))) / rateHz)
    frame += block.length / 2
  }
}

for (const { id, missing, create, defaultOutput, input, part } of cases) {
  describe.skipIf(missing !== undefined)(missing === undefined ? id : `${id} (skipped: ${missing})`, () => {
    let pulse: Pulse
    let backend: DeviceBackend
    const open: OpenDevice[] = []
    const lost: string[] = []
    let xruns = 0
    const common = {
      rateHz, channelCount: 2, blockFrames,
      onLost: (reason: string) => void lost.push(reason),
      onXrun: () => void xruns++,
    }
    const output = async (device: string, fill = sineSource(0.5), more: { rateHz?: number; channelCount?: number } = {}): Promise<OpenDevice> => {
      const opened = await backend.openOutput({ ...common, device, fill, ...more })
      open.push(opened)
      return opened
    }
    const closeAll = async (): Promise<void> => void (await Promise.all(open.splice(0).map((device) => device.close())))

    beforeAll(async () => {
      pulse = await startPulse()
      Object.assign(process.env, pulse.env)
      backend = create()
    })
    afterAll(() => pulse?.stop())
    afterEach(async () => {
      await closeAll()
      lost.length = 0
      xruns = 0
    })

    it("says that it works", async () => {
      expect(await backend.probe()).toMatchObject({ works: true })
    })

    it("lists a default of each direction", async () => {
      const devices = await backend.list()
      const defaults = devices.filter((device) => device.isDefault)
      expect(defaults.map((device) => device.direction).sort()).toEqual(["input", "output"])
      expect(defaults.every((device) => device.backend === id && device.channelCount >= 2 && device.rateHz > 0)).toBe(true)
      expect(defaults.find((device) => device.direction === "output")?.id).toBe(defaultOutput)
    })

    it("plays a sine whole: its pitch, its level, no break in 5 s that it has not reported", async () => {
      await output("default")
      const recorded = await pulse.record(pulse.sink, 6.5)
      const heard = listen(channelOf(recorded, 2, 1), toneHz, rateHz)
      expect(heard.startFrame).toBeGreaterThanOrEqual(0)
      expect(heard.startFrame).toBeLessThan(rateHz * 1.5)
      expect(heard.hz).toBeCloseTo(toneHz, 0)
      expect(heard.peak).toBeCloseTo(0.5, 2)
      // An xrun breaks the sine at its start and at its end; a busy machine has some.
      expect(heard.breaks.length).toBeLessThanOrEqual(2 * xruns)
      expect(xruns).toBeLessThan(10)
      expect(lost).toEqual([])
      expect(open[0]!.latencyMs()).toBeGreaterThan(0)
      expect(open[0]!.latencyMs()).toBeLessThan(60)
    })

    it("asks for blocks at the device's pace", async () => {
      let blocks = 0
      await output(part, (block) => {
        blocks++
        block.fill(0)
      })
      await sleep(1500)
      const before = blocks
      const startedAt = process.hrtime.bigint()
      await sleep(2000)
      const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
      expect((blocks - before) / seconds).toBeGreaterThan(0.9 * (rateHz / blockFrames))
      expect((blocks - before) / seconds).toBeLessThan(1.05 * (rateHz / blockFrames))
    })

    it("plays for a session of another rate and of one channel", async () => {
      let frame = 0
      const fill = (block: Float32Array): void => {
        for (let i = 0; i < block.length; i++) block[i] = 0.5 * Math.sin((2 * Math.PI * toneHz * (frame + i)) / 44100)
        frame += block.length
      }
      await output("default", fill, { rateHz: 44100, channelCount: 1 })
      const recorded = await pulse.record(pulse.sink, 3)
      for (const channel of [0, 1]) {
        const heard = listen(channelOf(recorded, 2, channel), toneHz, rateHz)
        expect(Math.abs(heard.hz - toneHz)).toBeLessThan(2)
        expect(Math.abs(heard.peak - 0.5)).toBeLessThan(0.05)
      }
    })

    it("captures a sine played into the microphone, in blocks of the size asked for", async () => {
      const blocks: Float32Array[] = []
      const opened = await backend.openInput({ ...common, device: input, onBlock: (block) => void blocks.push(block.slice()) })
      open.push(opened)
      await pulse.play(pulse.micSink, sine(toneHz, 3, 0.25))
      await closeAll()
      expect(blocks.every((block) => block.length === blockFrames * 2)).toBe(true)
      const samples = Float32Array.from(blocks.flatMap((block) => [...block]))
      const heard = listen(channelOf(samples, 2, 0), toneHz, 4800)
      expect(heard.hz).toBeGreaterThan(0)
      const loud = channelOf(samples, 2, 0).filter((value) => Math.abs(value) > 1e-3).length
      expect(loud).toBeGreaterThan(2.7 * rateHz)
      expect(heard.peak).toBeCloseTo(0.25, 2)
      // The end of the sine is a break of its own.
      expect(heard.breaks.length).toBeLessThanOrEqual(2 + 2 * xruns)
    })

    it("names what there is when a device is not there", async () => {
      const failure = await output("Grand Organ").catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(ResourceError)
      expect((failure as ResourceError).message).toContain("Grand Organ")
      expect((failure as ResourceError).hint).toContain(defaultOutput)
    })

    it("tells within 2 s that the output was unplugged, and opens again once it is back", async () => {
      await output(defaultOutput)
      await sleep(1200)
      // Both, or the server moves the stream to the other one.
      await pulse.unplug(pulse.sink)
      await pulse.unplug(pulse.micSink)
      const unpluggedAt = Date.now()
      while (lost.length === 0 && Date.now() - unpluggedAt < 3000) await sleep(20)
      expect(Date.now() - unpluggedAt).toBeLessThan(2000)
      await sleep(300)
      expect(lost.length).toBe(1)
      await open[0]!.close()
      await pulse.plug(pulse.sink)
      await pulse.plug(pulse.micSink)
      await output(defaultOutput)
      const heard = listen(channelOf(await pulse.record(pulse.sink, 5), 2, 0), toneHz, 4800)
      expect(heard.peak).toBeGreaterThan(0.4)
    }, 30_000)

    it("tells within 2 s that the input was unplugged, and opens again once it is back", async () => {
      let blocks = 0
      const openInput = async (): Promise<void> => void open.push(await backend.openInput({ ...common, device: input, onBlock: () => void blocks++ }))
      await openInput()
      await sleep(1200)
      expect(blocks).toBeGreaterThan(100)
      await pulse.unplug(pulse.micSink)
      await pulse.unplug(pulse.sink)
      const unpluggedAt = Date.now()
      while (lost.length === 0 && Date.now() - unpluggedAt < 3000) await sleep(20)
      expect(Date.now() - unpluggedAt).toBeLessThan(2000)
      await pulse.plug(pulse.sink)
      await pulse.plug(pulse.micSink)
      blocks = 0
      await openInput()
      await sleep(1500)
      expect(blocks).toBeGreaterThan(100)
    }, 30_000)

    it("closes twice without harm and says nothing afterwards", async () => {
      let blocks = 0
      const opened = await output("default", (block) => {
        blocks++
        block.fill(0)
      })
      await sleep(800)
      await Promise.all([opened.close(), opened.close()])
      const after = blocks
      await sleep(300)
      expect(blocks).toBe(after)
      expect(lost).toEqual([])
    })

    it("is lost when the server goes", async () => {
      let blocks = 0
      await output("default", (block) => {
        blocks++
        block.fill(0)
      })
      while (blocks < 400) await sleep(50)
      await pulse.stop()
      await sleep(2000)
      expect(lost.length).toBe(1)
      const failure = await output("default").catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(ResourceError)
    })
  })
}

describe.skipIf(pulseMissing() !== undefined)("without a sound server", () => {
  it("each backend says that it does not work, and why", async () => {
    Object.assign(process.env, { PULSE_SERVER: "unix:/nowhere/native" })
    const found = await probeDevices([createPulseBackend(), createNaudiodonBackend(new URL("file:///nowhere/process.js"))])
    expect(found.backends.map(({ works }) => works)).toEqual([false, false])
    expect(found.backends.every(({ detail, hint }) => detail !== "" && hint !== undefined)).toBe(true)
    expect(found.chosen).toBeUndefined()
  })
})
