/** A renderer with its memory, fake plugins, journal and taps, for tests. */
import { Buffer } from "node:buffer"
import type { Dsp } from "../../../src/runtime/dsp/dsp.ts"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { createTwinDsp } from "../../../src/runtime/dsp/twin.ts"
import type { RendererLayout } from "../../../src/runtime/graph/layout.ts"
import { planRendererMemory } from "../../../src/runtime/graph/layout.ts"
import { loadProcessors } from "../../../src/runtime/graph/load.ts"
import type { MixReader } from "../../../src/runtime/graph/mix-reader.ts"
import { createMixReader } from "../../../src/runtime/graph/mix-reader.ts"
import type { MixPlan } from "../../../src/runtime/graph/plan.ts"
import { planMix, tapRingBlocks } from "../../../src/runtime/graph/plan.ts"
import type { PluginModule } from "../../../src/runtime/graph/plugin.ts"
import type { Renderer } from "../../../src/runtime/graph/renderer.ts"
import { createRenderer } from "../../../src/runtime/graph/renderer.ts"
import type { BusSpec, Preset, SourceSpec, StripSpec } from "../../../src/runtime/preset/preset.ts"
import type { BlockReader } from "../../../src/runtime/ring/block-ring.ts"
import { blockRingBytes, createBlockReader } from "../../../src/runtime/ring/block-ring.ts"
import type { EventReader, EventWriter } from "../../../src/runtime/ring/event-ring.ts"
import { createEventReader, createEventWriter, EVENT_FIELDS, eventRingBytes } from "../../../src/runtime/ring/event-ring.ts"

export const rateHz = 48_000
export const blockFrames = 128

export const strip = (parts: Partial<StripSpec> = {}): StripSpec => ({ gainDb: 0, pan: 0, mute: false, inserts: [], sends: {}, ...parts })
export const bus = (parts: Partial<BusSpec> = {}): BusSpec => ({ gainDb: 0, inserts: [], ...parts })
export const source = (name: string, channelCount?: 1 | 2): SourceSpec => ({
  name, input: { kind: "file", path: "x.wav", loop: false }, gainDb: 0, send: false, local: true,
  ...(channelCount === undefined ? {} : { channelCount }),
})

export interface MixParts {
  readonly sources?: readonly SourceSpec[]
  readonly peers?: number
  readonly strips?: Readonly<Record<string, StripSpec>>
  readonly buses?: Readonly<Record<string, BusSpec>>
  readonly master?: BusSpec
}

export const preset = (parts: MixParts = {}): Preset => ({
  party: "test",
  audio: { rateHz, blockFrames, backend: "auto" },
  network: {
    send: [], interface: "auto", codec: "l16", packetFrames: 128, ttl: 1, peers: parts.peers ?? 0, loopback: false, announce: false,
  },
  jitter: { setting: { policy: "steady" }, threads: "auto" },
  sources: parts.sources ?? [],
  mix: { strips: { "*": strip(), ...parts.strips }, buses: parts.buses ?? {}, master: parts.master ?? bus() },
  outputs: [{ kind: "null" }],
})

export interface Rig {
  readonly plan: MixPlan
  readonly layout: RendererLayout
  readonly renderer: Renderer
  readonly memory: WebAssembly.Memory
  readonly reader: MixReader
  /** Encoders write here; `render` carries the records out first. */
  readonly commands: EventWriter
  readonly journal: EventReader
  readonly taps: readonly BlockReader[]
  /** Input planes by strip. */
  readonly inputs: readonly (readonly [Float32Array, Float32Array])[]
  readonly outputs: readonly [Float32Array, Float32Array]
  /** What the clock says; a plugin under test moves it. */
  readonly clock: { us: number }
  /** Gives a strip its input planes. mono: the left one. */
  feed(strip: number, options?: { readonly mono?: boolean; readonly flags?: number }): void
  /** Carries out commands, renders, returns copies of both sides. */
  render(): [Float32Array, Float32Array]
  /** Position of the next block. */
  position: number
  journalRecords(): number[][]
}

export interface RigOptions {
  readonly plugins?: readonly PluginModule[]
  readonly dsp?: (memory: WebAssembly.Memory) => Dsp
  readonly tapCapacity?: number
  readonly readClock?: (cells: Float64Array, index: number) => void
}

export const createRig = async (parts: MixParts, options: RigOptions = {}): Promise<Rig> => {
  const plugins = options.plugins ?? []
  const plan = planMix(preset(parts), plugins.map((plugin) => plugin.manifest))
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true })
  const dsp = (options.dsp ?? createTwinDsp)(memory)
  let next = ARENA_BASE_BYTES
  const take = (bytes: number): number => {
    const at = next
    next += Math.ceil(bytes / 64) * 64
    return at
  }
  const layout = planRendererMemory(plan, take(planRendererMemory(plan).bytes))
  const tapRings = plan.taps.map((tap) => {
    const capacity = options.tapCapacity ?? tapRingBlocks(plan, tap)
    return { at: take(blockRingBytes(capacity, 2, blockFrames)), capacity, channelCount: 2, blockFrames }
  })
  const journalPlan = { at: take(eventRingBytes(256)), capacity: 256 }
  const commandPlan = { at: take(eventRingBytes(256)), capacity: 256 }
  const planeBytes = blockFrames * 4
  const inputAt = plan.strips.map(() => take(2 * planeBytes))
  if (next > memory.buffer.byteLength) throw new Error("the rig's memory is too small")
  const plane = (at: number): Float32Array => new Float32Array(memory.buffer, at, blockFrames)

  const processors = await loadProcessors(plan, {
    loadPlugin: async (id) => plugins.find((plugin) => plugin.manifest.id === id) as PluginModule,
    asset: async (id, name) => Buffer.from(`${id}/${name}`),
  })
  const clock = { us: 0 }
  const renderer = createRenderer({
    dsp, memory, plan, layout, processors, tapRings, journal: createEventWriter(memory, journalPlan),
    readClock: options.readClock ?? ((cells, index) => void (cells[index] = clock.us)),
  })
  const pending = createEventReader(memory, commandPlan)
  const journal = createEventReader(memory, journalPlan)
  const record = new Float64Array(EVENT_FIELDS)
  const rig: Rig = {
    plan, layout, renderer, memory, clock, journal,
    reader: createMixReader(memory, layout),
    commands: createEventWriter(memory, commandPlan),
    taps: tapRings.map((ring) => createBlockReader(memory, ring)),
    inputs: inputAt.map((at) => [plane(at), plane(at + planeBytes)]),
    outputs: [plane(renderer.outLeft), plane(renderer.outRight)],
    feed(index, { mono = false, flags = 0 } = {}) {
      const at = inputAt[index] as number
      renderer.setInput(index, at, mono ? at : at + planeBytes, flags)
    },
    position: 0,
    render() {
      while (pending.pop(record)) if (!renderer.command(record)) throw new Error(`refused: ${record.join(" ")}`)
      renderer.position[0] = rig.position
      renderer.render()
      rig.position += blockFrames
      return [rig.outputs[0].slice(), rig.outputs[1].slice()]
    },
    journalRecords() {
      const records: number[][] = []
      while (journal.pop(record)) records.push([...record])
      return records
    },
  }
  return rig
}

/** Numbers in -1..1, the same for the same seed. */
export const createNoise = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

export const fillNoise = (block: Float32Array, noise: () => number, level = 1): void => {
  for (let i = 0; i < block.length; i++) block[i] = noise() * level
}

/** Largest step between samples that follow each other, `before` being the one before the first. */
export const largestStep = (block: Float32Array, before: number): number => {
  let last = before
  let largest = 0
  for (const value of block) {
    largest = Math.max(largest, Math.abs(value - last))
    last = value
  }
  return largest
}
