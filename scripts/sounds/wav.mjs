import { writeFileSync } from "node:fs"

/**
 * Writes a 24-bit WAV.
 * channels   Float32Array each, -1..1, of one length
 */
export const writeWav = (path, channels, rateHz) => {
  const frameCount = channels[0].length
  const frameBytes = channels.length * 3
  const bytes = Buffer.alloc(44 + frameCount * frameBytes)
  bytes.write("RIFF", 0)
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write("WAVEfmt ", 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(channels.length, 22)
  bytes.writeUInt32LE(rateHz, 24)
  bytes.writeUInt32LE(rateHz * frameBytes, 28)
  bytes.writeUInt16LE(frameBytes, 32)
  bytes.writeUInt16LE(24, 34)
  bytes.write("data", 36)
  bytes.writeUInt32LE(frameCount * frameBytes, 40)
  for (let channel = 0; channel < channels.length; channel++) {
    const samples = channels[channel]
    for (let frame = 0, at = 44 + channel * 3; frame < frameCount; frame++, at += frameBytes) {
      const value = Math.round(Math.max(-1, Math.min(1, samples[frame])) * 0x7fffff)
      bytes[at] = value
      bytes[at + 1] = value >> 8
      bytes[at + 2] = value >> 16
    }
  }
  writeFileSync(path, bytes)
}
