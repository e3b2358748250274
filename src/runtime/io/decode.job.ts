/** Offline jobs on sound files, run in a pool of threads by jobs.ts. */
import { readFile } from "node:fs/promises"
import decode from "audio-decode"
import { resampleAll } from "../dsp/plain-resampler.ts"
import { readWav } from "./wav-read.ts"

export interface DecodeRequest {
  readonly path: string
  readonly rateHz: number
  readonly dspModule: WebAssembly.Module
}

export interface DecodedSound {
  /** Planar float32 at the rate asked for, one a channel, at most two; in shared memory. */
  readonly channels: readonly SharedArrayBuffer[]
  readonly frameCount: number
  readonly fileRateHz: number
}

/** Decodes a whole file (wav, flac, mp3, ogg, opus, m4a, aiff) and brings it to the rate asked for. */
export async function decodeSound({ path, rateHz, dspModule }: DecodeRequest): Promise<DecodedSound> {
  const bytes = await readFile(path)
  const { channelData, sampleRate } = readWav(bytes) ?? await decode(bytes)
  const planes = channelData.slice(0, 2)
  const resampled = sampleRate === rateHz ? planes : resampleAll(planes, sampleRate, rateHz, dspModule)
  const channels = resampled.map((plane) => {
    const shared = new SharedArrayBuffer(plane.length * 4)
    new Float32Array(shared).set(plane)
    return shared
  })
  return { channels, frameCount: resampled[0]?.length ?? 0, fileRateHz: sampleRate }
}
