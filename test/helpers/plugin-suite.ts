/**
 * Runs plugins without an engine, and the suite of facts that every plugin must show.
 *
 *   describePluginContract(gain)
 */
import { execFileSync } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import type { BlockIo, ParamSpec, ParamValues, PluginModule, PluginProcessor } from "../../src/runtime/graph/plugin.ts"

const root = join(import.meta.dirname, "..", "..")

export interface ActivateOptions {
  readonly channelCount?: number
  readonly blockFrames?: number
  readonly sampleRate?: number
  readonly params?: ParamValues
}

/** A plugin at work. */
export interface PluginRun {
  readonly processor: PluginProcessor
  readonly io: BlockIo
  /** Runs whole blocks of a signal through it. Outputs are filled with NaN before each. */
  play(signal: readonly Float32Array[]): Float32Array[]
  /** Changes a number: at once, or over the next block. */
  set(name: string, value: number, ramp?: boolean): void
}

/** Compiles the Faust effects where they are not. */
export const buildEffects = (): void => {
  execFileSync(process.execPath, [join(root, "scripts", "build-faust.mjs")], { timeout: 20_000 })
}

export const activatePlugin = async (plugin: PluginModule, options: ActivateOptions = {}): Promise<PluginRun> => {
  const { channelCount = 2, blockFrames = 128, sampleRate = 48000 } = options
  const { manifest } = plugin
  const params = { ...defaultsOf(plugin), ...options.params }
  const asset = async (name: string): Promise<Uint8Array> => readFile(join(root, "dist", "plugins", manifest.id, name))
  const shared = await plugin.setup?.({ sampleRate, params, asset })
  const processor = plugin.activate!({ sampleRate, blockFrames, channelCount, params, shared, place: "test" })

  const names = Object.keys(manifest.params)
  const numbers = names.map((name) => numberOf(manifest.params[name]!, params[name]!))
  const block = (): Float32Array[] => Array.from({ length: channelCount }, () => new Float32Array(blockFrames))
  const io: BlockIo = {
    frameCount: blockFrames, channelCount, inputs: block(), outputs: block(),
    from: Float64Array.from(numbers), to: Float64Array.from(numbers), position: 0,
  }
  return {
    processor,
    io,
    play(signal) {
      const frameCount = Math.ceil(signal[0]!.length / blockFrames) * blockFrames
      const result = signal.map(() => new Float32Array(frameCount))
      for (let at = 0; at < frameCount; at += blockFrames) {
        for (let channel = 0; channel < channelCount; channel++) {
          io.inputs[channel]!.fill(0)
          io.inputs[channel]!.set(signal[channel]!.subarray(at, at + blockFrames))
          io.outputs[channel]!.fill(NaN)
        }
        processor.process(io)
        for (let channel = 0; channel < channelCount; channel++) result[channel]!.set(io.outputs[channel]!, at)
        io.position += blockFrames
        io.from.set(io.to)
      }
      return result
    },
    set(name, value, ramp = false) {
      const index = names.indexOf(name)
      if (index < 0) throw new Error(`no parameter ${name}`)
      io.to[index] = value
      if (!ramp) io.from[index] = value
    },
  }
}

const defaultsOf = (plugin: PluginModule): ParamValues =>
  Object.fromEntries(Object.entries(plugin.manifest.params).map(([name, spec]) => [name, spec.default]))

const numberOf = (spec: ParamSpec, value: number | string | boolean): number =>
  spec.type === "choice" ? spec.choices.indexOf(String(value)) : spec.type === "text" ? 0 : Number(value)

/** Noise of full scale from a seed. */
export const noise = (frameCount: number, seed = 1): Float32Array => {
  let state = seed >>> 0
  return Float32Array.from({ length: frameCount }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2147483648 - 1
  })
}
export const impulse = (frameCount: number, height = 1): Float32Array => {
  const signal = new Float32Array(frameCount)
  signal[0] = height
  return signal
}
export const sine = (frameCount: number, frequencyHz: number, height = 1, sampleRate = 48000): Float32Array =>
  Float32Array.from({ length: frameCount }, (_, i) => height * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRate))
/** Highest magnitude; NaN where there is a NaN. */
export const peakOf = (signals: readonly Float32Array[]): number => {
  let peak = 0
  for (const signal of signals) {
    for (const value of signal) {
      if (Number.isNaN(value)) return NaN
      peak = Math.max(peak, Math.abs(value))
    }
  }
  return peak
}
const isFinite = (signals: readonly Float32Array[]): boolean => signals.every((signal) => signal.every(Number.isFinite))

/** Bytes of heap that `work` leaves behind, the least of three runs; a run with a collection does not count, Infinity where all had one. */
const heapGrowth = (work: () => void): number => {
  work()
  let least = Infinity
  for (let run = 0; run < 3; run++) {
    const before = process.memoryUsage().heapUsed
    work()
    const growth = process.memoryUsage().heapUsed - before
    if (growth >= 0) least = Math.min(least, growth)
  }
  return least
}

/** What is true of every plugin. Taps are judged by their manifest alone. */
export const describePluginContract = (plugin: PluginModule): void => {
  const { manifest } = plugin
  describe(`${manifest.id} keeps the contract`, () => {
    beforeAll(buildEffects)
    describeManifest(plugin)
    if (manifest.kind === "insert") for (const channelCount of [1, 2]) describeInsert(plugin, channelCount)
  })
}

const describeManifest = ({ manifest, activate, openTap }: PluginModule): void => {
  it("has a sane manifest", () => {
    expect(manifest.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(manifest.doc).not.toBe("")
    expect(activate !== undefined).toBe(manifest.kind === "insert")
    expect(openTap !== undefined).toBe(manifest.kind === "tap")
  })

  it("has parameters with defaults in range", () => {
    for (const [name, spec] of Object.entries(manifest.params)) {
      expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/)
      expect(spec.doc).not.toBe("")
      if (spec.type === "number") {
        expect(spec.min).toBeLessThan(spec.max)
        expect(spec.default).toBeGreaterThanOrEqual(spec.min)
        expect(spec.default).toBeLessThanOrEqual(spec.max)
        if (spec.curve === "log") expect(spec.min).toBeGreaterThan(0)
      }
      if (spec.type === "choice") expect(spec.choices).toContain(spec.default)
    }
  })
}

const describeInsert = (plugin: PluginModule, channelCount: number): void => {
  const activate = async (options: ActivateOptions = {}): Promise<PluginRun> => activatePlugin(plugin, { channelCount, ...options })
  const signal = (frameCount: number, make: (channel: number) => Float32Array = (channel) => noise(frameCount, channel + 1)) =>
    Array.from({ length: channelCount }, (_, channel) => make(channel))
  const silence = (frameCount: number): Float32Array[] => signal(frameCount, () => new Float32Array(frameCount))

  describe(channelCount === 1 ? "in mono" : "in stereo", () => {
    it("writes every sample of every output and leaves inputs and parameters alone", async () => {
      const run = await activate()
      const input = signal(128)
      const [from, to] = [run.io.from.slice(), run.io.to.slice()]
      for (let i = 0; i < 20; i++) expect(isFinite(run.play(input))).toBe(true)
      expect(run.io.inputs).toEqual(input)
      expect([run.io.from, run.io.to]).toEqual([from, to])
    })

    it("stays silent on silence", async () => {
      expect(peakOf((await activate()).play(silence(4800)))).toBeLessThan(1e-9)
    })

    it("falls silent after its tail", async () => {
      const run = await activate()
      run.play(signal(12800))
      const { tailFrames, latencyFrames } = run.processor
      if (tailFrames === Infinity) return
      run.play(silence(tailFrames + latencyFrames))
      expect(peakOf(run.play(silence(4800)))).toBeLessThan(1e-4)
    })

    it("costs no more while it dies away than while it sounds", async () => {
      const run = await activate()
      const costUs = (): number => {
        const costs = Array.from({ length: 4 }, () => {
          const startMs = performance.now()
          for (let i = 0; i < 125; i++) run.processor.process(run.io)
          return (performance.now() - startMs) * 8
        })
        return Math.min(...costs)
      }
      for (const [channel, input] of signal(128).entries()) run.io.inputs[channel]!.set(input)
      costUs()
      const sounding = costUs()
      for (const input of run.io.inputs) input.fill(0)
      // 40 s: what falls slowly passes the least of all numbers.
      for (let i = 0; i < 30; i++) expect(costUs()).toBeLessThan(8 * sounding + 20)
    })

    it("plays as if new after NaN, infinity and a reset", async () => {
      const run = await activate()
      run.play(signal(256, () => new Float32Array(256).fill(NaN)))
      run.play(signal(256, () => new Float32Array(256).fill(Infinity)))
      run.processor.reset()
      const input = signal(12800)
      expect(run.play(input)).toEqual((await activate()).play(input))
    })

    it("gives the same in blocks of 64 and of 256", async () => {
      const input = signal(25600)
      const small = (await activate({ blockFrames: 64 })).play(input)
      const large = (await activate({ blockFrames: 256 })).play(input)
      const difference = small.map((channel, index) => channel.map((value, i) => value - large[index]![i]!))
      expect(peakOf(difference)).toBeLessThan(1e-6)
    })

    it("lags by the latency that it reports", async () => {
      for (const sampleRate of [44100, 48000]) {
        const run = await activate({ sampleRate })
        const [output] = run.play(signal(4096, () => impulse(4096, 0.25)))
        const highest = output!.reduce((best, value, i) => (Math.abs(value) > Math.abs(output![best]!) ? i : best), 0)
        expect(highest).toBe(run.processor.latencyFrames)
      }
    })

    it("stays finite at the ends of every parameter and at jumps between them", async () => {
      const numbers = Object.entries(plugin.manifest.params).filter(([, spec]) => spec.type === "number")
      const ends = numbers.flatMap(([name, spec]) => (spec.type === "number" ? [{ name, min: spec.min, max: spec.max }] : []))
      const run = await activate()
      const input = signal(1280)
      const settle = (): void => {
        const output = run.play(input)
        expect(isFinite(output)).toBe(true)
        expect(peakOf(output)).toBeLessThan(1000)
      }
      for (const end of ["min", "max"] as const) {
        for (const range of ends) run.set(range.name, range[end])
        settle()
      }
      for (let i = 0; i < 40; i++) {
        for (const [index, { name, min, max }] of ends.entries()) run.set(name, (i >> index) % 2 === 0 ? min : max, i % 3 === 0)
        settle()
      }
    })

    it("allocates nothing in 20,000 blocks", async () => {
      const run = await activate()
      for (const [channel, input] of signal(128).entries()) run.io.inputs[channel]!.set(input)
      const growth = heapGrowth(() => {
        for (let i = 0; i < 20_000; i++) run.processor.process(run.io)
      })
      expect(growth).toBeLessThan(20_000)
    })
  })
}
