import { describe, expect, it } from "vitest"
import { createFileSource, createToneSource, type VirtualSource } from "../../../src/actors/capture/sources.ts"

const FRAMES = 64

/** A block from frame `position` on; undefined when the source has ended. */
const render = (source: VirtualSource, position: number): { left: number[]; right: number[] } | undefined => {
  const floats = new Float32Array(4 * FRAMES).fill(-9)
  const lives = source.render(Float64Array.of(position), floats, FRAMES, 2 * FRAMES, FRAMES)
  // What is beside the two planes stays as it was.
  expect(floats.subarray(0, FRAMES).every((sample) => sample === -9)).toBe(true)
  expect(floats.subarray(3 * FRAMES).every((sample) => sample === -9)).toBe(true)
  return lives ? { left: [...floats.subarray(FRAMES, 2 * FRAMES)], right: [...floats.subarray(2 * FRAMES, 3 * FRAMES)] } : undefined
}

const ramp = (length: number, from = 1): Float32Array => Float32Array.from({ length }, (_, i) => from + i)
const expected = (of: (i: number) => number): number[] => Array.from({ length: FRAMES }, (_, i) => of(i))

describe("a file", () => {
  it.each([0, 64, 100, 935])("is heard from frame %i of the party on, when the party is there", (position) => {
    expect(render(createFileSource([ramp(1000)], false, 1), position)?.left).toEqual(expected((i) => position + i + 1).map((value) => (value <= 1000 ? value : 0)))
  })

  it("is silent before its beginning and after its last frame, and ends with the block after that", () => {
    const source = createFileSource([ramp(100)], false, 1)
    expect(render(source, -64)?.left).toEqual(expected(() => 0))
    expect(render(source, -10)?.left).toEqual(expected((i) => (i < 10 ? 0 : i - 9)))
    expect(render(source, 64)?.left).toEqual(expected((i) => (i < 36 ? 65 + i : 0)))
    expect(render(source, 99)?.left).toEqual(expected((i) => (i === 0 ? 100 : 0)))
    expect(render(source, 100)).toBeUndefined()
    expect(render(source, 1e9)).toBeUndefined()
  })

  it.each([1, 7, 64, 100, 1000])("of %i frames that loops goes on for ever, without a seam", (length) => {
    const source = createFileSource([ramp(length)], true, 1)
    for (const position of [0, 64, length - 1, 10 * length + 3, 2 ** 33 * length + 5]) {
      expect(render(source, position)?.left).toEqual(expected((i) => ((position + i) % length) + 1))
    }
    expect(render(source, -3)?.left).toEqual(expected((i) => (i < 3 ? 0 : ((i - 3) % length) + 1)))
  })

  it("has a gain, and two sides where it is stereo; the right of a mono one is not written", () => {
    const stereo = createFileSource([ramp(100), ramp(100, 500)], false, 0.5)
    expect([stereo.channelCount, render(stereo, 0)]).toEqual([2, { left: expected((i) => (i + 1) / 2), right: expected((i) => (i + 500) / 2) }])
    const mono = createFileSource([ramp(100)], false, 1)
    expect([mono.channelCount, render(mono, 0)?.right]).toEqual([1, expected(() => -9)])
  })

  it("that is empty has ended, looping or not", () => {
    for (const loop of [false, true]) expect(render(createFileSource([new Float32Array(0)], loop, 1), 0)).toBeUndefined()
  })
})

describe("a tone", () => {
  it.each([0, 64, 12_345, 48_000 * 3600 * 24])("is where it would be at frame %i, as if it had never been away", (position) => {
    const { left, right } = render(createToneSource(440, 48_000, 2, 0.25), position)!
    // The phase in whole cycles first, since a large angle has lost its fraction.
    const exact = expected((i) => 0.25 * Math.sin((2 * Math.PI * (((position + i) * 440) % 48_000)) / 48_000))
    left.forEach((sample, i) => expect(sample).toBeCloseTo(exact[i]!, 6))
    expect(right).toEqual(left)
  })

  it("is silent before the party's frame 0, and begins there at phase 0", () => {
    const { left, right } = render(createToneSource(1000, 48_000, 1, 1), -10)!
    expect(left.slice(0, 11)).toEqual(Array.from({ length: 11 }, () => 0))
    expect(left[11]).toBeCloseTo(Math.sin((2 * Math.PI) / 48), 6)
    expect(right).toEqual(expected(() => -9))
  })
})
