/** The judge that knows by listening which frame it hears. */
import { describe, expect, test } from "vitest"
import type { BufferSetup } from "../../../bench/jitter/buffer-under-test.ts"
import { createAudioJudge, encode, BYTES_PER_FRAME } from "../../../bench/jitter/encoded-audio.ts"
import { createRecording } from "../../../bench/jitter/report.ts"

const setup: BufferSetup = { sampleRate: 48_000, blockFrames: 128, packetFrames: 240, firstTimestamp: 2 ** 32 - 480 }
const TURN = 32_768

/** Packets come so long before their place in the output, at the latest. */
const EARLY_FRAMES = 4800

/** A frame of encoded audio as a buffer would give it, between frames too. */
const sampleAt = (index: number, radius = 0.5): readonly [number, number] => {
  const angle = (2 * Math.PI * index) / TURN
  return [Math.fround(radius * Math.cos(angle)), Math.fround(radius * Math.sin(angle))]
}

const listen = (packets: readonly number[], frames: readonly (readonly [number, number])[]) => {
  const judge = createAudioJudge(setup)
  const recording = createRecording()
  let next = 0
  for (let at = 0; at < frames.length; at += 128) {
    for (; next < packets.length && (packets[next] as number) * 240 < at + EARLY_FRAMES; next++) {
      const packet = packets[next] as number
      judge.arrived({ seq: packet, rtpTimestamp: (setup.firstTimestamp + packet * 240) % 2 ** 32, frameCount: 240 })
    }
    const block = frames.slice(at, at + 128)
    judge.hear(Float32Array.from(block, ([left]) => left), Float32Array.from(block, ([, right]) => right), recording)
  }
  judge.finish(recording)
  return recording
}

const many = (count: number) => Array.from({ length: count }, (_, i) => i)
const silence = (count: number) => many(count).map(() => [0, 0] as const)
const audio = (from: number, count: number, rate = 1) => many(count).map((i) => sampleAt(from + i * rate))

/** Neighbouring runs as one: [output from, media from, media frames]. */
const heard = (recording: ReturnType<typeof listen>): number[][] => {
  const joined: number[][] = []
  for (const { outFrom, outFrames, mediaFrom, mediaFrames } of recording.runs) {
    const last = joined[joined.length - 1]
    if (last !== undefined && last[0]! + last[3]! === outFrom && Math.abs(last[1]! + last[2]! - mediaFrom) < 0.5) {
      last[2] = mediaFrom + mediaFrames - last[1]!
      last[3] = last[3]! + outFrames
    } else joined.push([outFrom, mediaFrom, mediaFrames, outFrames])
  }
  return joined.map((run) => run.map((value) => Math.round(value * 10) / 10))
}

test("the payload is a circle of 24-bit samples, the same after a turn", () => {
  const [one, other] = [new Uint8Array(240 * BYTES_PER_FRAME), new Uint8Array(240 * BYTES_PER_FRAME)]
  encode(TURN - 100, 240, one)
  encode(3 * TURN - 100, 240, other)
  expect(one).toEqual(other)
  expect([...one.subarray(100 * BYTES_PER_FRAME, 100 * BYTES_PER_FRAME + 6)]).toEqual([0x40, 0, 0, 0, 0, 0])
})

describe("what is heard", () => {
  test("audio is known by its frames, across turns of the circle", () => {
    const packets = many(400)
    expect(heard(listen(packets, audio(50, 90_112)))).toEqual([[0, 50, 90_112, 90_112]])
  })

  test("a stretched rate is measured to a few ppm", () => {
    const { runs } = listen(many(400), audio(100, 12_800, 1.002))
    const media = runs.reduce((sum, run) => sum + run.mediaFrames, 0)
    expect(media / 12_800).toBeCloseTo(1.002, 5)
  })

  test("silence is concealed", () => {
    expect(heard(listen(many(10), [...audio(0, 300), ...silence(468), ...audio(768, 512)]))).toEqual([[0, 0, 300, 300], [528, 528, 752, 752]])
  })

  test("a prediction of audio that never came is concealed, however good", () => {
    const came = many(10).filter((packet) => packet !== 3)
    expect(heard(listen(came, audio(0, 1280)))).toEqual([[0, 0, 720, 720], [960, 960, 320, 320]])
  })

  test("a repetition of what was heard is concealed", () => {
    expect(heard(listen(many(2), [...audio(0, 400), ...audio(250, 112), ...silence(128)]))).toEqual([[0, 0, 400, 400]])
  })

  test("a quieter extension is concealed", () => {
    const faint = many(240).map((i) => sampleAt(720 + i, 0.45))
    expect(heard(listen(many(10).filter((packet) => packet !== 3), [...audio(0, 720), ...faint, ...audio(960, 320)])))
      .toEqual([[0, 0, 720, 720], [960, 960, 320, 320]])
  })

  test("a leap shows where it leads", () => {
    expect(heard(listen(many(20), [...audio(0, 640), ...audio(1000, 640)]))).toEqual([[0, 0, 640, 640], [640, 1000, 640, 640]])
  })

  test("a held playhead goes on where it was", () => {
    const came = many(3)
    expect(heard(listen(came, [...audio(0, 640), ...silence(128), ...audio(640, 80), ...silence(48)])))
      .toEqual([[0, 0, 640, 640], [768, 640, 80, 80]])
  })

  test("what a cross-fade hides was heard if it had come, and no more than 240 frames of it", () => {
    const fade = many(96).map((i) => sampleAt(700 + i, 0.3))
    expect(heard(listen(many(10), [...audio(0, 700), ...fade, ...audio(796, 612)]))).toEqual([[0, 0, 1408, 1408]])
    expect(heard(listen(many(10), [...audio(0, 700), ...silence(500), ...audio(1200, 208)]))).toEqual([[0, 0, 700, 700], [960, 960, 448, 448]])
  })
})
