import { execFileSync, spawn } from "node:child_process"
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { nodeDisk } from "../../../src/runtime/io/disk.ts"
import type { Disk } from "../../../src/runtime/io/disk.ts"
import { openWav } from "../../../src/runtime/io/wav-writer.ts"
import { noise } from "../../helpers/plugin-suite.ts"
import { hasProgram, probeSound, readSound } from "../../helpers/read-wav.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const sampleRate = 48000
const hasFfprobe = hasProgram("ffprobe")
let folder: string
let count = 0
const newPath = (): string => join(folder, `take ${++count}.wav`)

beforeAll(() => { folder = mkdtempSync(join(tmpdir(), "wifi-party-")) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const stereo = [noise(10_007, 1), noise(10_007, 2)]
const rounded = (signal: Float32Array, steps: number): Float32Array => signal.map((value) => Math.min(steps - 1, Math.round(value * steps)) / steps)
/** A 32-bit size, and the four letters at a place. */
const u32 = (path: string, at: number): number => readFileSync(path).readUInt32LE(at)
const id = (path: string, at: number): string => readFileSync(path).toString("latin1", at, at + 4)

describe("a WAV", () => {
  it.each([1, 2])("of %d channels in float is bit-exact", async (channelCount) => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount, bits: 32 })
    const signal = stereo.slice(0, channelCount)
    expect(file.append(signal, 10_007)).toBe(true)
    expect(file.frameCount).toBe(10_007)
    file.close()
    expect(await readSound(path, channelCount)).toEqual(signal)
  })

  it.each([1, 2])("of %d channels in 24 bits keeps what has 24 bits, and clips the rest at full scale", async (channelCount) => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount, bits: 24 })
    const exact = stereo.slice(0, channelCount).map((signal) => rounded(signal, 8388608))
    file.append(exact, 10_007)
    file.append(Array.from({ length: channelCount }, () => Float32Array.of(2, -2, NaN)), 3)
    file.close()
    const read = await readSound(path, channelCount)
    expect(read.map((signal) => signal.subarray(0, 10_007))).toEqual(exact)
    expect([...read[0]!.subarray(10_007)]).toEqual([8388607 / 8388608, -1, 0])
  })

  it("in 16 bits keeps what has 16 bits and dithers the rest by a triangle of two steps", async () => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 1, bits: 16 })
    const exact = rounded(stereo[0]!, 32768)
    const between = new Float32Array(100_000).fill(0.25 / 32768)
    file.append([exact], exact.length)
    file.append([between], between.length)
    file.close()
    const [read] = await readSound(path, 1)
    expect(read!.subarray(0, exact.length)).toEqual(exact)
    const steps = Array.from(read!.subarray(exact.length), (value) => value * 32768)
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length
    const power = steps.reduce((sum, step) => sum + (step - 0.25) ** 2, 0) / steps.length
    // Its mean is the signal itself; its error has the power of 3/12 of a step, whatever the signal.
    expect(mean).toBeCloseTo(0.25, 1)
    expect(power).toBeCloseTo(0.25, 2)
    expect(Math.max(...steps.map(Math.abs))).toBeLessThanOrEqual(1)
  })

  it("joins appended pieces of any length and silence without a seam", async () => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 2, bits: 32 })
    const long = [noise(70_000, 5), noise(70_000, 6)]
    let at = 0
    for (const length of [1, 127, 128, 5000, 64, 30_000, 34_680]) {
      file.append(long.map((signal) => signal.subarray(at, at + length)), length)
      at += length
    }
    file.appendSilence(20_001)
    file.append(long, 10)
    file.close()
    const read = await readSound(path, 2)
    expect(read[0]!.length).toBe(70_000 + 20_001 + 10)
    expect(read.map((signal) => signal.subarray(0, 70_000))).toEqual(long)
    expect(read[1]!.subarray(70_000, 90_001).every((value) => value === 0)).toBe(true)
    expect(read.map((signal) => signal.subarray(90_001))).toEqual(long.map((signal) => signal.subarray(0, 10)))
  })

  it("pads an odd number of bytes, not counting the pad as sound", async () => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 1, bits: 24 })
    file.append([Float32Array.of(0.5, -0.5, 0.25)], 3)
    file.close()
    expect(statSync(path).size % 2).toBe(0)
    expect(u32(path, 4)).toBe(statSync(path).size - 8)
    expect([...(await readSound(path, 1))[0]!]).toEqual([0.5, -0.5, 0.25])
  })

  it.runIf(hasFfprobe).each([[16, "pcm_s16le"], [24, "pcm_s24le"], [32, "pcm_f32le"]] as const)("of %d bits tells ffprobe what it is and when it began", (bits, codec) => {
    const path = newPath()
    const startedAtMs = new Date(2025, 10, 20, 1, 2, 3, 500).getTime()
    const file = openWav({ path, sampleRate: 44100, channelCount: 2, bits, startedAtMs })
    file.append([new Float32Array(22050), new Float32Array(22050)], 22050)
    file.close()
    const facts = probeSound(path)
    expect(facts).toMatchObject({ codec, sampleRate: 44100, channels: 2, seconds: 0.5 })
    expect(facts.tags).toMatchObject({
      date: "2025-11-20", creation_time: "01:02:03", encoded_by: "Wi-Fi Party", time_reference: String(3723.5 * 44100),
    })
  })

  it("is readable at any moment after half a second of sound, and at once after a flush", async () => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 1, bits: 24 })
    const second = rounded(noise(sampleRate), 8388608)
    for (let at = 0; at < 36_000; at += 128) file.append([second.subarray(at, at + 128)], 128)
    const [read] = await readSound(path, 1)
    expect(read!.length).toBeGreaterThanOrEqual(24_000)
    expect(read).toEqual(second.subarray(0, read!.length))
    file.flush()
    expect((await readSound(path, 1))[0]!.length).toBe(file.frameCount)
    file.close()
  })

  it("takes nothing after its end, and can be closed twice", () => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 1, bits: 24 })
    file.close()
    file.close()
    file.flush()
    expect(file.append([new Float32Array(8)], 8)).toBe(false)
    expect(file.appendSilence(8)).toBe(false)
  })

  it("says which folder is missing", () => {
    expect(() => openWav({ path: join(folder, "none", "x.wav"), sampleRate, channelCount: 1, bits: 24 })).toThrow(join(folder, "none"))
  })
})

describe("a WAV that is continued", () => {
  const begin = (path: string, bits: 16 | 24 | 32 = 32): void => {
    const file = openWav({ path, sampleRate, channelCount: 2, bits, startedAtMs: 1_700_000_000_000 })
    file.append(stereo, 10_007)
    file.close()
  }
  const goOn = (path: string, bits: 16 | 24 | 32 = 32) => openWav({ path, sampleRate, channelCount: 2, bits, append: true })

  it("goes on where it ended and keeps the time when it began", async () => {
    const path = newPath()
    begin(path)
    const bext = readFileSync(path).subarray(48, 658)
    const file = goOn(path)
    expect(file.frameCount).toBe(10_007)
    file.append(stereo, 10_007)
    file.close()
    const read = await readSound(path, 2)
    expect(read.map((signal) => signal.subarray(0, 10_007))).toEqual(stereo)
    expect(read.map((signal) => signal.subarray(10_007))).toEqual(stereo)
    expect(readFileSync(path).subarray(48, 658)).toEqual(bext)
  })

  it("counts what is there and not what the header says, and drops half a frame", async () => {
    const path = newPath()
    begin(path)
    appendFileSync(path, new Uint8Array(8 * 3 + 5))
    const file = goOn(path)
    expect(file.frameCount).toBe(10_010)
    file.append(stereo, 2)
    file.close()
    const read = await readSound(path, 2)
    expect(read[0]!.length).toBe(10_012)
    expect(read[1]!.subarray(10_010)).toEqual(stereo[1]!.subarray(0, 2))
  })

  it("does not take the pad byte of an odd end for sound", async () => {
    const path = newPath()
    for (const append of [false, true]) {
      const file = openWav({ path, sampleRate, channelCount: 1, bits: 24, append })
      file.append([Float32Array.of(0.5, -0.5, 0.25)], 3)
      file.close()
    }
    expect([...(await readSound(path, 1))[0]!]).toEqual([0.5, -0.5, 0.25, 0.5, -0.5, 0.25])
  })

  it("begins anew in an empty file", () => {
    const path = newPath()
    writeFileSync(path, "")
    const file = goOn(path)
    expect(file.frameCount).toBe(0)
    file.close()
    expect(id(path, 0)).toBe("RIFF")
  })

  it("refuses a missing file, another format and what is no recording, and leaves it as it was", () => {
    const path = newPath()
    expect(() => goOn(path)).toThrow(path)
    begin(path, 24)
    expect(() => goOn(path, 16)).toThrow("expected a recording of 2 channels, 48000 Hz, 16 bits, found 2 channels, 48000 Hz, 24 bits")
    expect(() => openWav({ path, sampleRate: 44100, channelCount: 2, bits: 24, append: true })).toThrow("found 2 channels, 48000 Hz, 24 bits")
    truncateSync(path, 100)
    expect(() => goOn(path, 24)).toThrow("found something else")
    const letter = newPath()
    writeFileSync(letter, "Dear Ann,".repeat(200))
    expect(() => goOn(letter)).toThrow("found something else")
    expect(readFileSync(letter, "utf8")).toBe("Dear Ann,".repeat(200))
  })
})

describe("a WAV over its limit", () => {
  it("turns into RF64 in place, with the same sound, and goes on as such", async () => {
    const path = newPath()
    const rf64AboveBytes = 50_000
    const open = (append: boolean) => openWav({ path, sampleRate, channelCount: 2, bits: 32, rf64AboveBytes, append })
    const file = open(false)
    file.append(stereo, 5000)
    file.flush()
    expect([id(path, 0), id(path, 12)]).toEqual(["RIFF", "JUNK"])
    file.append(stereo, 10_007)
    file.flush()
    expect([id(path, 0), id(path, 12), u32(path, 4)]).toEqual(["RF64", "ds64", 0xffffffff])
    const again = open(true)
    again.append(stereo, 10_007)
    again.close()
    expect(readFileSync(path).readBigUInt64LE(20)).toBe(BigInt(statSync(path).size - 8))
    expect(readFileSync(path).readBigUInt64LE(28)).toBe(BigInt((5000 + 2 * 10_007) * 8))
    if (!hasFfprobe) return
    const read = await readSound(path, 2)
    expect(read[0]!.length).toBe(5000 + 2 * 10_007)
    expect(read.map((signal) => signal.subarray(15_007))).toEqual(stereo)
  })

  it.runIf(hasFfprobe)("of 4 GB for real has its true length and its last second", async () => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 2, bits: 32 })
    file.close()
    const headerBytes = statSync(path).size
    // A hole of almost 4 GiB: silence that takes no room on the disk. What is appended crosses the limit.
    const holeFrames = 2 ** 29 - 10_000
    truncateSync(path, headerBytes + holeFrames * 8)
    const again = openWav({ path, sampleRate, channelCount: 2, bits: 32, append: true })
    again.flush()
    expect(probeSound(path).seconds).toBeCloseTo(holeFrames / sampleRate, 3)
    again.append(stereo, 10_007)
    again.close()
    expect(statSync(path).size).toBeGreaterThan(2 ** 32)
    expect(probeSound(path).seconds).toBeCloseTo((holeFrames + 10_007) / sampleRate, 3)
    const tail = execFileSync("ffmpeg", ["-v", "error", "-ss", String(holeFrames / sampleRate), "-i", path, "-f", "f32le", "-"])
    expect(tail.subarray(-80_000).readFloatLE(79_996)).toBe(stereo[1]!.at(-1))
  })
})

describe("a WAV whose disk fails", () => {
  /** A disk with room for so many bytes. */
  const smallDisk = (roomBytes: number): Disk => ({
    ...nodeDisk,
    write(file, bytes, length, at) {
      const room = Math.min(length, roomBytes - at)
      if (room <= 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })
      return nodeDisk.write(file, bytes, room, at)
    },
  })

  it.each([16, 24, 32] as const)("in %d bits keeps every whole frame that fitted, readable", async (bits) => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 2, bits }, smallDisk(300_001))
    const block = [rounded(noise(128, 3), 8388608), rounded(noise(128, 4), 8388608)]
    let blocks = 0
    while (file.append(block, 128)) blocks++
    expect(blocks).toBeGreaterThan(100)
    expect(file.append(block, 128)).toBe(false)
    file.close()
    const read = await readSound(path, 2)
    expect(read[0]!.length).toBe(file.frameCount)
    expect(statSync(path).size).toBeGreaterThan(300_001 - 16)
    if (bits !== 16) expect(read[0]!.subarray(0, 128)).toEqual(block[0])
  })

  it("says so when there is no room for its header", () => {
    expect(() => openWav({ path: newPath(), sampleRate, channelCount: 2, bits: 24 }, smallDisk(100))).toThrow("no space")
  })

  it("ends within half a second of sound when its file was removed", () => {
    const path = newPath()
    const file = openWav({ path, sampleRate, channelCount: 1, bits: 24 })
    file.append([noise(1000)], 1000)
    unlinkSync(path)
    let frames = 0
    while (file.append([stereo[0]!], 128)) frames += 128
    expect(frames).toBeLessThanOrEqual(24_000)
    expect(existsSync(path)).toBe(false)
  })
})

describe("a WAV whose process is killed", () => {
  it("has all but the last second, without an error, and can be continued", async () => {
    const path = newPath()
    const built = join(folder, "built")
    execFileSync(process.execPath, [
      join(root, "node_modules", "typescript", "bin", "tsc"), "--ignoreConfig", "--module", "nodenext", "--target", "es2023", "--skipLibCheck",
      "--types", "node", "--rewriteRelativeImportExtensions", "--rootDir", join(root, "src"), "--outDir", built,
      join(root, "src", "runtime", "io", "wav-writer.ts"),
    ], { cwd: root })
    writeFileSync(join(built, "package.json"), '{ "type": "module" }')
    // Ten times as fast as sound. Each frame holds its own number; the first line out says how many there are.
    writeFileSync(join(built, "writer.mjs"), `
      import { openWav } from "./runtime/io/wav-writer.js"
      const file = openWav({ path: process.argv[2], sampleRate: ${sampleRate}, channelCount: 1, bits: 24 })
      const block = [new Float32Array(480)]
      setInterval(() => {
        for (let n = 0; n < 10; n++) {
          for (let i = 0; i < 480; i++) block[0][i] = (file.frameCount + i) / 8388608
          file.append(block, 480)
        }
        process.stdout.write(file.frameCount + "\\n")
      }, 10)
    `)
    const child = spawn(process.execPath, [join(built, "writer.mjs"), path], { stdio: ["ignore", "pipe", "inherit"] })
    const ended = new Promise((resolve) => { child.once("exit", resolve) })
    let said = ""
    child.stdout.on("data", (text: Buffer) => { said += text.toString() })
    for (let i = 0; i < 500 && said.split("\n").length < 60; i++) await wait(20)
    child.kill("SIGKILL")
    await ended

    const appended = Number(said.trimEnd().split("\n").at(-1))
    const [read] = await readSound(path, 1)
    expect(read!.length).toBeGreaterThan(appended - sampleRate)
    expect(read!.findIndex((value, i) => value !== i / 8388608)).toBe(-1)

    const again = openWav({ path, sampleRate, channelCount: 1, bits: 24, append: true })
    expect(again.frameCount).toBeGreaterThanOrEqual(read!.length)
    again.append([Float32Array.of(0.5)], 1)
    again.close()
    expect((await readSound(path, 1))[0]!.at(-1)).toBe(0.5)
  })
})
