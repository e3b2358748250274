/** Sounds that tests send and find again, bit for bit: whole numbers in WAV files, read by a reader that is not the engine's. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** One Int32Array a channel. */
export type Samples = readonly Int32Array[]

const markerFrames = 24

/**
 * Noise from a seed at half of full scale, different in each channel, behind a marker at full scale that is nowhere else in it.
 * bits   16 or 24
 */
export const makeSound = (frameCount: number, channelCount: number, bits: number, seed: number): Samples => {
  const full = 2 ** (bits - 1) - 1
  return Array.from({ length: channelCount }, (_, channel) => {
    let state = (seed * 7919 + channel * 104_729 + 1) >>> 0
    return Int32Array.from({ length: frameCount }, (_value, frame) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return frame < markerFrames ? full * ((frame + channel) % 2 === 0 ? 1 : -1) : (state >> (32 - bits)) >> 1
    })
  })
}

/** A plain WAV of 16 or 24 bits at 48 kHz. */
export const writeSound = (path: string, samples: Samples, bits: number): void => {
  const channelCount = samples.length
  const frameCount = samples[0]!.length
  const frameBytes = (channelCount * bits) / 8
  const bytes = Buffer.alloc(44 + frameCount * frameBytes)
  bytes.write("RIFF", 0, "latin1")
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write("WAVEfmt ", 8, "latin1")
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(channelCount, 22)
  bytes.writeUInt32LE(48000, 24)
  bytes.writeUInt32LE(48000 * frameBytes, 28)
  bytes.writeUInt16LE(frameBytes, 32)
  bytes.writeUInt16LE(bits, 34)
  bytes.write("data", 36, "latin1")
  bytes.writeUInt32LE(frameCount * frameBytes, 40)
  let at = 44
  for (let frame = 0; frame < frameCount; frame++) {
    for (const plane of samples) at = bytes.writeIntLE(plane[frame]!, at, bits / 8)
  }
  writeFileSync(path, bytes)
}

/** Reads a WAV of whole numbers. */
export const readSamples = (path: string): { readonly samples: Samples; readonly bits: number } => {
  const bytes = readFileSync(path)
  let channelCount = 0
  let bits = 0
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.toString("latin1", at, at + 4)
    const size = bytes.readUInt32LE(at + 4)
    if (id === "fmt ") {
      channelCount = bytes.readUInt16LE(at + 10)
      bits = bytes.readUInt16LE(at + 22)
    }
    if (id === "data") {
      const sampleBytes = bits / 8
      const frameCount = size / (channelCount * sampleBytes)
      const samples = Array.from({ length: channelCount }, (_, channel) => Int32Array.from({ length: frameCount }, (_value, frame) =>
        bytes.readIntLE(at + 8 + (frame * channelCount + channel) * sampleBytes, sampleBytes)))
      return { samples, bits }
    }
    at += 8 + size + (size % 2)
  }
  throw new Error(`${path} has no samples`)
}

/** The one recording in a folder whose name has this part. Recordings are named PARTY - PEER - TIME. */
export const recordingOf = (folder: string, peer: string): string => {
  const found = readdirSync(folder).filter((file) => file.includes(` - ${peer} - `))
  if (found.length !== 1) throw new Error(`not one recording of ${peer}, but: ${readdirSync(folder).join(", ") || "none"}`)
  return join(folder, found[0]!)
}

export interface Comparison {
  /** Frame of the recording at which the sound begins; -1 when its marker is not there. */
  readonly start: number
  /** Frames of the sound that are not in their place, and the first of them. */
  readonly wrongFrames: number
  readonly firstWrongFrame: number
  /** Frames before and after the sound that are not silence. */
  readonly strayFrames: number
}

export const exact = { wrongFrames: 0, firstWrongFrame: -1, strayFrames: 0 }
export const isExact = ({ start, wrongFrames, strayFrames }: Comparison): boolean => start >= 0 && wrongFrames === 0 && strayFrames === 0

/** Lays the recording, of 24 bits, over the sound that was sent, by the marker. */
export const compareSounds = (recorded: Samples, sent: Samples, sentBits: number): Comparison => {
  const frameCount = sent[0]!.length
  const factor = 2 ** (24 - sentBits)
  const top = sent[0]![0]! * factor
  const start = recorded[0]!.indexOf(top)
  let wrongFrames = 0
  let firstWrongFrame = -1
  let strayFrames = 0
  for (let frame = 0; frame < Math.max(recorded[0]!.length, start + frameCount); frame++) {
    const of = frame - start
    const isOf = start >= 0 && of >= 0 && of < frameCount
    const isRight = recorded.every((plane, channel) => plane[frame] === (isOf ? sent[channel]![of]! * factor : 0))
    if (isRight) continue
    if (!isOf) strayFrames++
    else {
      wrongFrames++
      if (firstWrongFrame < 0) firstWrongFrame = of
    }
  }
  return { start, wrongFrames, firstWrongFrame, strayFrames }
}
