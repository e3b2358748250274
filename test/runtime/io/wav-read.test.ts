import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readWav } from "../../../src/runtime/io/wav-read.ts"
import { openWav } from "../../../src/runtime/io/wav-writer.ts"

const put = (bytes: Buffer, at: number, text: string): number => bytes.write(text, at, "latin1")

/** A WAV of one kind, its data given. */
const wav = (kind: number, bits: number, channelCount: number, data: Buffer, extra = Buffer.alloc(0)): Buffer => {
  const header = Buffer.alloc(36)
  put(header, 0, "RIFF")
  header.writeUInt32LE(36 + extra.length + data.length, 4)
  put(header, 8, "WAVEfmt ")
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(kind, 20)
  header.writeUInt16LE(channelCount, 22)
  header.writeUInt32LE(48000, 24)
  header.writeUInt32LE((48000 * channelCount * bits) / 8, 28)
  header.writeUInt16LE((channelCount * bits) / 8, 32)
  header.writeUInt16LE(bits, 34)
  const size = Buffer.alloc(8)
  put(size, 0, "data")
  size.writeUInt32LE(data.length, 4)
  return Buffer.concat([header, extra, size, data])
}

describe("readWav", () => {
  it("reads every 16-bit value as its whole number over 2^15", () => {
    const data = Buffer.alloc(65536 * 2)
    for (let i = 0; i < 65536; i++) data.writeInt16LE(i - 32768, i * 2)
    const [plane] = readWav(wav(1, 16, 1, data))!.channelData
    expect(plane!.every((value, i) => value * 32768 === i - 32768)).toBe(true)
  })

  it("reads 24-bit values of both signs exactly, channel by channel", () => {
    const values = [-8388608, -8388607, -1, 0, 1, 2, 3580211, 4194305, 8388606, 8388607]
    const data = Buffer.alloc(values.length * 6)
    values.forEach((value, i) => {
      data.writeIntLE(value, i * 6, 3)
      data.writeIntLE(-1 - value, i * 6 + 3, 3)
    })
    const { channelData: [left, right], sampleRate } = readWav(wav(1, 24, 2, data))!
    expect([...left!].map((value) => value * 8388608)).toEqual(values)
    expect([...right!].map((value) => value * 8388608)).toEqual(values.map((value) => -1 - value))
    expect(sampleRate).toBe(48000)
  })

  it("reads what our recorder writes, in each width", () => {
    const folder = mkdtempSync(join(tmpdir(), "wav-read-"))
    try {
      for (const bits of [16, 24, 32] as const) {
        const path = join(folder, `${bits}.wav`)
        const planes = [0.5, -0.25].map((top) => Float32Array.from({ length: 300 }, (_, i) => (top * 200 * (i - 150.5)) / 32768))
        const file = openWav({ path, bits, sampleRate: 48000, channelCount: 2, startedAtMs: 0 })
        file.append(planes, 300)
        file.close()
        expect(readWav(readFileSync(path))?.channelData).toEqual(planes)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("passes over chunks that it does not know, of odd length too", () => {
    const chunk = Buffer.from("LIST\x03\x00\x00\x00abc\x00", "latin1")
    expect([...readWav(wav(1, 16, 1, Buffer.from([0, 0x40]), chunk))!.channelData[0]!]).toEqual([0.5])
  })

  it("reads a file that breaks off as far as it goes", () => {
    const whole = wav(1, 16, 2, Buffer.alloc(4000))
    expect(readWav(whole.subarray(0, whole.length - 1001))?.channelData[0]).toHaveLength(749)
  })

  it.each([
    ["an MP3", Buffer.from("ID3\x04")], ["nothing", Buffer.alloc(0)], ["mu-law", wav(7, 8, 1, Buffer.alloc(80))],
    ["no data", wav(1, 16, 1, Buffer.alloc(0)).subarray(0, 36)], ["no channels", wav(1, 16, 0, Buffer.alloc(80))],
  ])("leaves %s to others", (_, bytes) => {
    expect(readWav(bytes)).toBeUndefined()
  })
})
