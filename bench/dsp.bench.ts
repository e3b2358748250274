/**
 * How long the kernels take, WebAssembly beside its plain twin, 128-frame blocks on shared memory.
 * Prints a line each: ns per call and millions of samples per second of both, and their ratio. Best of several rounds, taken
 * in turns, so that a busy machine disturbs both alike.
 */
import { createArenaMemory, loadDspModule } from "../src/runtime/io/dsp-file.ts"
import { ARENA_BASE_BYTES, instantiateDsp, MIX_ROW_BYTES } from "../src/runtime/dsp/dsp.ts"
import type { Dsp } from "../src/runtime/dsp/dsp.ts"
import { resampleAll } from "../src/runtime/dsp/plain-resampler.ts"
import { createResampler, resamplerBytes } from "../src/runtime/dsp/resampler.ts"
import { createTwinDsp } from "../src/runtime/dsp/twin.ts"

const FRAMES = 128
const PEERS = 64
const ROUND_MS = 25
const ROUNDS = 6

const memory = createArenaMemory(4 * 2 ** 20)
const module = await loadDspModule()
const sides = { wasm: instantiateDsp(module, memory), twin: createTwinDsp(memory) }
const f32 = new Float32Array(memory.buffer)
const i32 = new Int32Array(memory.buffer)

const stride = 1024
const planes = ARENA_BASE_BYTES
const rows = planes + (PEERS + 8) * stride
const ramps = rows + PEERS * MIX_ROW_BYTES
const outL = ramps + PEERS * MIX_ROW_BYTES
const outR = outL + stride
const packed = outR + stride
const seed = packed + 8192
const table = seed + 64

for (let i = 0; i < (rows - planes) / 4; i++) f32[planes / 4 + i] = Math.sin(i) * 0.01
for (let peer = 0; peer < PEERS; peer++) {
  for (const [at, change] of [[rows, 0], [ramps, 0.1]] as const) {
    const row = (at + peer * MIX_ROW_BYTES) / 4
    i32.fill(planes + peer * stride, row, row + 2)
    f32.set([0.5, 0.5 + change, 0.4, 0.4 - change], row + 2)
  }
}
i32[seed / 4] = 1

const roundNs = (work: () => void): number => {
  let calls = 0
  const startedNs = process.hrtime.bigint()
  let elapsedNs = 0
  while (elapsedNs < ROUND_MS * 1e6) {
    for (let i = 0; i < 50; i++) work()
    calls += 50
    elapsedNs = Number(process.hrtime.bigint() - startedNs)
  }
  return elapsedNs / calls
}

const column = (value: number, digits = 0): string => value.toFixed(digits).padStart(9)

const compare = (name: string, samples: number, workOf: (dsp: Dsp) => () => void): void => {
  const wasm = workOf(sides.wasm)
  const twin = workOf(sides.twin)
  let wasmNs = Infinity
  let twinNs = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    wasmNs = Math.min(wasmNs, roundNs(wasm))
    twinNs = Math.min(twinNs, roundNs(twin))
  }
  const rate = (ns: number): string => column((samples * 1000) / ns)
  console.log(`${name.padEnd(38)}${column(wasmNs)}${rate(wasmNs)}${column(twinNs)}${rate(twinNs)}${column(twinNs / wasmNs, 1)}`)
}

console.log(`${"128 frames".padEnd(38)}  wasm ns  Msamp/s  twin ns  Msamp/s  twin/wasm`)
compare("clear", FRAMES, (dsp) => () => { dsp.clear(outL, FRAMES) })
compare("copy", FRAMES, (dsp) => () => { dsp.copy(outL, planes, FRAMES) })
compare("mix, 64 mono peers to stereo, steady", PEERS * FRAMES, (dsp) => () => { dsp.mix(rows, PEERS, outL, outR, FRAMES) })
compare("mix, 64 mono peers to stereo, ramped", PEERS * FRAMES, (dsp) => () => {
  dsp.clear(outL, FRAMES)
  dsp.mix(ramps, PEERS, outL, outR, FRAMES)
})
compare("gain", FRAMES, (dsp) => () => { dsp.gain(outL, planes, FRAMES, 0.5, 0.6) })
compare("meter", FRAMES, (dsp) => () => { dsp.meter(planes, FRAMES, outL) })
for (const channels of [1, 2]) {
  const name = channels === 1 ? "mono" : "stereo"
  const samples = channels * FRAMES
  compare(`s16beToPlanar, ${name}`, samples, (dsp) => () => { dsp.s16beToPlanar(packed, outL, stride, FRAMES, channels) })
  compare(`s24beToPlanar, ${name}`, samples, (dsp) => () => { dsp.s24beToPlanar(packed, outL, stride, FRAMES, channels) })
  compare(`planarToS16be, ${name}`, samples, (dsp) => () => { dsp.planarToS16be(planes, stride, packed, FRAMES, channels, 0) })
  compare(`planarToS16be with dither, ${name}`, samples, (dsp) => () => {
    dsp.planarToS16be(planes, stride, packed, FRAMES, channels, seed)
  })
  compare(`planarToS24be, ${name}`, samples, (dsp) => () => { dsp.planarToS24be(planes, stride, packed, FRAMES, channels) })
  compare(`planarToF32le, ${name}`, samples, (dsp) => () => { dsp.planarToF32le(planes, stride, packed, FRAMES, channels) })
}
compare("correlate, 240 frames, 240 lags", 240 * 240, (dsp) => () => { dsp.correlate(planes, planes, 240, 240, packed) })

for (const [inRateHz, outRateHz, channelCount] of [[48000, 48000, 1], [44100, 48000, 1], [44100, 48000, 2], [96000, 48000, 2]] as const) {
  const shape = { inRateHz, outRateHz, channelCount, maxInputFrames: 1024 }
  const name = `resampler ${inRateHz / 1000} to ${outRateHz / 1000} kHz, ${channelCount === 1 ? "mono" : "stereo"}`
  compare(name, channelCount * FRAMES, (dsp) => {
    const at = dsp === sides.wasm ? table : table + resamplerBytes(shape)
    const resampler = createResampler({ ...shape, dsp, memory, at })
    resampler.setRatio(1.0003)
    return () => {
      resampler.push(planes, stride, resampler.framesNeeded(FRAMES))
      resampler.pull(outL, stride, FRAMES)
    }
  })
}

const song = [0, 1].map(() => Float32Array.from({ length: 44100 * 20 }, (_, i) => Math.sin(i * 0.1)))
for (const name of ["wasm", "twin"] as const) {
  const startedNs = process.hrtime.bigint()
  resampleAll(song, 44100, 48000, name === "wasm" ? module : undefined)
  const seconds = Number(process.hrtime.bigint() - startedNs) / 1e9
  console.log(`a stereo song of 4 minutes, 44.1 to 48 kHz, ${name}: ${(seconds * 12).toFixed(2)} s (from 20 s of it)`)
}
