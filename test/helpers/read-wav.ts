/** Reads sound files with programs that are not ours: ffmpeg where it is, else the package audio-decode. */
import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"

export const hasProgram = (name: string): boolean => spawnSync(name, ["-version"]).error === undefined

const hasFfmpeg = hasProgram("ffmpeg")

/** Planar float32. Fails when the reader reports an error. */
export const readSound = async (path: string, channelCount: number): Promise<Float32Array[]> => {
  if (!hasFfmpeg) {
    const { default: decode } = await import("audio-decode")
    const { channelData } = await decode(readFileSync(path))
    // It gives one channel where all are alike.
    return Array.from({ length: channelCount }, (_, channel) => channelData[channel] ?? channelData[0]!)
  }
  const { stdout, stderr, status } = spawnSync("ffmpeg", ["-v", "error", "-i", path, "-f", "f32le", "-"], { maxBuffer: 1 << 30 })
  if (status !== 0 || stderr.length > 0) throw new Error(`ffmpeg: ${stderr.toString()}`)
  const samples = new Float32Array(Uint8Array.from(stdout).buffer)
  return Array.from({ length: channelCount }, (_, channel) =>
    Float32Array.from({ length: samples.length / channelCount }, (_value, i) => samples[i * channelCount + channel]!))
}

export interface SoundFacts {
  readonly codec: string
  readonly sampleRate: number
  readonly channels: number
  readonly seconds: number
  readonly tags: Readonly<Record<string, string>>
}

/** What ffprobe makes of a header. */
export const probeSound = (path: string): SoundFacts => {
  const text = execFileSync("ffprobe", ["-v", "error", "-show_streams", "-show_format", "-of", "json", path], { encoding: "utf8" })
  const { streams: [stream], format } = JSON.parse(text) as {
    streams: [{ codec_name: string; sample_rate: string; channels: number; duration: string }]
    format: { tags?: Record<string, string> }
  }
  return {
    codec: stream.codec_name, sampleRate: Number(stream.sample_rate), channels: stream.channels, seconds: Number(stream.duration),
    tags: format.tags ?? {},
  }
}
