/**
 * What concealment costs in one 128-frame block, WebAssembly beside its plain twin: p50, p99.9 and worst in µs.
 * A voice is pitched; a chord with noise is not, and takes Burg's method where it may. The budget is 500 µs in the worst case.
 * Rounds in which the system took the processor away are left out and counted: they tell of other programs.
 */
import { createArenaMemory, loadDspModule } from "../src/runtime/io/dsp-file.ts"
import { ARENA_BASE_BYTES, instantiateDsp } from "../src/runtime/dsp/dsp.ts"
import { createTwinDsp } from "../src/runtime/dsp/twin.ts"
import { concealerBytes, createConcealer } from "../src/runtime/jitter/conceal/concealer.ts"
import type { Concealer } from "../src/runtime/jitter/conceal/concealer.ts"

const FRAMES = 128
const RATE = 48_000
const PLANE = 4096 * 4
const ROUNDS = { wasm: 4000, twin: 200 }

const memory = createArenaMemory(2 ** 20)
const sides = { wasm: instantiateDsp(await loadDspModule(), memory), twin: createTwinDsp(memory) }
const f32 = new Float32Array(memory.buffer)
const planes = ARENA_BASE_BYTES + concealerBytes(RATE)
const [voice, chord, out] = [planes, planes + 2 * PLANE, planes + 4 * PLANE] as const

let seed = 1
const noise = (): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0
  return seed / 2 ** 31
}
for (let channel = 0; channel < 2; channel++) {
  for (let i = 0; i < 4096; i++) {
    let sung = 0
    for (let h = 1; h <= 20; h++) sung += Math.sin((2 * Math.PI * h * 196 * i) / RATE + h * h + channel) / h
    f32[(voice + channel * PLANE) / 4 + i] = 0.2 * sung + 0.002 * noise()
    const notes = [97.3, 131.7, 219.9, 1530.1].reduce((sum, hz) => sum + Math.sin((2 * Math.PI * hz * i) / RATE + channel), 0)
    f32[(chord + channel * PLANE) / 4 + i] = 0.1 * notes + 0.3 * noise()
  }
}

interface Case {
  readonly name: string
  /** Not measured. */
  prepare?(concealer: Concealer): void
  work(concealer: Concealer): void
}

const begin = (source: number, channels: number, mayBurg: boolean) => (concealer: Concealer): void => {
  concealer.begin(source, source + PLANE, channels, mayBurg)
}
const extend = (concealer: Concealer): void => concealer.extend(out, out + PLANE, FRAMES)
const bridge = (source: number) => (concealer: Concealer): void => {
  concealer.bridge(out, out + PLANE, FRAMES, source + 2528 * 4, source + PLANE + 2528 * 4, concealer.futureFrames)
}
const merge = (concealer: Concealer): void => { concealer.merge(out, out + PLANE, FRAMES, 0) }

const cases = [1, 2].flatMap((channels): Case[] => {
  const width = channels === 1 ? "mono" : "stereo"
  return [
    ...([["voice", voice, true], ["chord, Burg", chord, true], ["chord, no Burg", chord, false]] as const).flatMap(([sound, source, may]): Case[] => {
      const start = begin(source, channels, may)
      return [
        { name: `${sound}, ${width}: begin, extend`, work: (concealer) => { start(concealer); extend(concealer) } },
        { name: `${sound}, ${width}: extend`, prepare: start, work: extend },
        { name: `${sound}, ${width}: begin, bridge`, work: (concealer) => { start(concealer); bridge(source)(concealer) } },
        { name: `${sound}, ${width}: bridge`, prepare: start, work: bridge(source) },
        { name: `${sound}, ${width}: merge`, prepare: (concealer) => { start(concealer); extend(concealer) }, work: merge },
      ]
    }),
  ]
})

const column = (value: number): string => value.toFixed(1).padStart(9)

console.log(`${"µs in a block of 128 frames".padEnd(42)}${["p50", "p99.9", "worst", "twin p50", "p99.9", "worst"].map((title) => title.padStart(9)).join("")}  left out`)
for (const { name, prepare, work } of cases) {
  let disturbed = 0
  const figures = (["wasm", "twin"] as const).flatMap((which) => {
    const concealer = createConcealer({ dsp: sides[which], memory, at: ARENA_BASE_BYTES, sampleRate: RATE })
    const times: number[] = []
    for (let round = -50; round < ROUNDS[which]; round++) {
      prepare?.(concealer)
      const switches = process.resourceUsage().involuntaryContextSwitches
      const startedNs = process.hrtime.bigint()
      work(concealer)
      const ns = Number(process.hrtime.bigint() - startedNs)
      if (round < 0) continue
      if (process.resourceUsage().involuntaryContextSwitches !== switches) disturbed++
      else times.push(ns / 1000)
    }
    times.sort((a, b) => a - b)
    return [times[times.length >> 1] ?? NaN, times[Math.floor(times.length * 0.999)] ?? NaN, times.at(-1) ?? NaN]
  })
  console.log(name.padEnd(42) + figures.map(column).join("") + String(disturbed).padStart(10))
}
