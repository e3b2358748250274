/**
 * Resamplers with a memory of their own, for interleaved audio at a device's edge and for whole songs.
 * Given the compiled module they use the kernels, without it the plain twins (some ten times slower).
 */
import { ARENA_BASE_BYTES, instantiateDsp, MIN_PAGES, PAGE_BYTES } from "./dsp.ts"
import type { Dsp } from "./dsp.ts"
import { createResampler, resamplerBytes } from "./resampler.ts"
import type { Resampler, ResamplerShape } from "./resampler.ts"
import { createTwinDsp } from "./twin.ts"

export interface PlainResamplerOptions extends ResamplerShape {
  readonly module?: WebAssembly.Module
}

export interface PlainResampler extends Pick<Resampler, "latencyFrames" | "framesNeeded" | "heldFrames" | "setRatio" | "reset"> {
  /**
   * interleaved  Float32Array[frames * channelCount] or longer
   * Returns      frames taken, fewer than `frames` when there is no room for more
   */
  push(interleaved: Float32Array, frames: number): number
  /**
   * Fills the first frames * channelCount values, all or none.
   * Returns      false when the input does not reach
   */
  pull(interleaved: Float32Array, frames: number): boolean
}

interface Desk {
  readonly dsp: Dsp
  readonly memory: WebAssembly.Memory
  readonly resampler: Resampler
  /** Planes for the input (maxInputFrames each) and for the output, and one block for interleaved samples. */
  readonly input: number
  readonly inputStride: number
  readonly output: number
  readonly outputStride: number
  readonly outputFrames: number
  readonly packed: number
}

const align16 = (bytes: number): number => (bytes + 15) & ~15

const createDesk = (options: PlainResamplerOptions): Desk => {
  const { module, channelCount, maxInputFrames } = options
  // No pull can ask for more than this: at half the nominal step all that is held would be used up.
  const outputFrames = Math.ceil((2 * (maxInputFrames + 4) * options.outRateHz) / options.inRateHz) + 1
  const inputStride = align16(maxInputFrames * 4)
  const outputStride = align16(outputFrames * 4)
  const at = ARENA_BASE_BYTES
  const input = at + align16(resamplerBytes(options))
  const output = input + channelCount * inputStride
  const packed = output + channelCount * outputStride
  const bytes = packed + channelCount * Math.max(inputStride, outputStride)
  const pages = Math.max(MIN_PAGES, Math.ceil(bytes / PAGE_BYTES))
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: module !== undefined })
  const dsp = module === undefined ? createTwinDsp(memory) : instantiateDsp(module, memory)
  const resampler = createResampler({ ...options, dsp, memory, at })
  return { dsp, memory, resampler, input, inputStride, output, outputStride, outputFrames, packed }
}

/** Thread: any one      Realtime: no; its methods: wait-free, allocate nothing */
export const createPlainResampler = (options: PlainResamplerOptions): PlainResampler => {
  const { channelCount, maxInputFrames } = options
  const { dsp, memory, resampler, input, inputStride, output, outputStride, outputFrames, packed } = createDesk(options)
  const samples = new Float32Array(memory.buffer, packed, channelCount * Math.max(maxInputFrames, outputFrames))
  const { latencyFrames, framesNeeded, heldFrames, setRatio, reset } = resampler
  return {
    latencyFrames, framesNeeded, heldFrames, setRatio, reset,
    push: (interleaved, frames) => {
      const offered = Math.min(frames, maxInputFrames)
      for (let i = 0; i < offered * channelCount; i++) samples[i] = interleaved[i]!
      dsp.f32leToPlanar(packed, input, inputStride, offered, channelCount)
      return resampler.push(input, inputStride, offered)
    },
    pull: (interleaved, frames) => {
      if (frames > outputFrames || !resampler.pull(output, outputStride, frames)) return false
      dsp.planarToF32le(output, outputStride, packed, frames, channelCount)
      for (let i = 0; i < frames * channelCount; i++) interleaved[i] = samples[i]!
      return true
    },
  }
}

/** Taps for whole songs, where delay is nothing: flat to 20 kHz between 44.1 and 48 kHz, aliases above that only. */
const SONG_TAPS = 96
const SONG_CHUNK_FRAMES = 8192

/**
 * Resamples whole channels, aligned with the input.
 * channels  Float32Array of equal length, one a channel
 * module    dsp.wasm; without it about ten times slower
 * Returns   new arrays of round(length * outRateHz / inRateHz)
 * Thread: one for offline work      Realtime: no
 */
export const resampleAll = (
  channels: readonly Float32Array[], inRateHz: number, outRateHz: number, module?: WebAssembly.Module,
): Float32Array[] => {
  if (inRateHz === outRateHz) return channels.map((channel) => channel.slice())
  const inFrames = channels[0]?.length ?? 0
  const outFrames = Math.round((inFrames * outRateHz) / inRateHz)
  const result = channels.map(() => new Float32Array(outFrames))
  if (outFrames === 0) return result
  const channelCount = channels.length
  const shape = { inRateHz, outRateHz, channelCount, maxInputFrames: SONG_CHUNK_FRAMES, taps: SONG_TAPS }
  const { memory, resampler, input, inputStride, output, outputStride, outputFrames } = createDesk(
    module === undefined ? shape : { ...shape, module },
  )
  const heap = new Float32Array(memory.buffer)
  resampler.skip(resampler.latencyFrames)

  let inFrame = 0
  let outFrame = 0
  while (outFrame < outFrames) {
    // After the song's end silence follows, until the last frame is out.
    const offered = Math.min(SONG_CHUNK_FRAMES / 2, inFrame < inFrames ? inFrames - inFrame : SONG_CHUNK_FRAMES / 2)
    for (const [c, channel] of channels.entries()) {
      const plane = (input + c * inputStride) / 4
      heap.fill(0, plane, plane + offered)
      heap.set(channel.subarray(inFrame, Math.min(inFrame + offered, inFrames)), plane)
    }
    inFrame += resampler.push(input, inputStride, offered)
    let frames = Math.min(outputFrames, outFrames - outFrame, Math.ceil((resampler.heldFrames() * outRateHz) / inRateHz) + 1)
    while (frames > 0 && resampler.framesNeeded(frames) > 0) frames--
    if (frames <= 0) continue
    resampler.pull(output, outputStride, frames)
    for (const [c, channel] of result.entries()) {
      const plane = (output + c * outputStride) / 4
      channel.set(heap.subarray(plane, plane + frames), outFrame)
    }
    outFrame += frames
  }
  return result
}
