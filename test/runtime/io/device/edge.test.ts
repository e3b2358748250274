import { describe, expect, it } from "vitest"
import { createInputEdge, createOutputEdge, deviceBlockFrames, mapChannels } from "../../../../src/runtime/io/device/edge.ts"
import { channelOf, listen } from "./tone.ts"

const session = { rateHz: 48000, channelCount: 2, blockFrames: 128 }

describe("mapChannels", () => {
  it.each([
    [[1, 2, 3], 1, 2, [1, 1, 2, 2, 3, 3]],
    [[1, 3, 5, 7], 2, 1, [2, 6]],
    [[1, 2, 3, 4], 2, 2, [1, 2, 3, 4]],
    [[1, 2, 3, 7], 4, 2, [1, 4]],
    [[1, 2], 2, 3, [1, 2, 1]],
  ])("%j of %i channels as %i", (from, fromCount, toCount, expected) => {
    const to = new Float32Array(expected.length)
    mapChannels(Float32Array.from(from), fromCount, to, toCount, from.length / fromCount)
    expect([...to]).toEqual(expected)
  })
})

describe("an edge to a device of the same shape", () => {
  it("hands the very block on, both ways", () => {
    const seen: Float32Array[] = []
    const block = new Float32Array(256)
    createInputEdge(session, session, (given) => void seen.push(given)).run(block)
    createOutputEdge(session, session, (given) => void seen.push(given)).run(block)
    expect(seen).toEqual([block, block])
    expect(seen[0]).toBe(block)
    expect(seen[1]).toBe(block)
  })
})

describe.each([44100, 96000, 16000])("an edge to a mono device at %i Hz", (rateHz) => {
  const device = { rateHz, channelCount: 1, blockFrames: deviceBlockFrames(session, rateHz) }
  const hz = 440
  // A second of blocks, give or take the last one.
  const blockCount = Math.floor(rateHz / device.blockFrames)

  it("captures the same sound at the session's rate, in its blocks", () => {
    const heard: number[] = []
    const edge = createInputEdge(device, session, (block) => {
      expect(block.length).toBe(256)
      heard.push(...block)
    })
    const block = new Float32Array(device.blockFrames)
    for (let b = 0; b < blockCount; b++) {
      for (let i = 0; i < block.length; i++) block[i] = 0.5 * Math.sin((2 * Math.PI * hz * (b * block.length + i)) / rateHz)
      edge.run(block)
    }
    expect(heard.length / 2).toBeGreaterThan(48000 * 0.95)
    const result = listen(channelOf(Float32Array.from(heard), 2, 1), hz, 2000)
    expect(result.hz).toBeCloseTo(hz, 1)
    expect(result.peak).toBeCloseTo(0.5, 2)
    expect(result.breaks).toEqual([])
    expect(edge.latencyMs).toBeGreaterThan(0)
    expect(edge.latencyMs).toBeLessThan(4)
  })

  it("asks for as many of the session's blocks as the device's need", () => {
    let asked = 0
    let largest = 0
    const edge = createOutputEdge(device, session, (block) => {
      asked++
      block.fill(0.5)
    })
    const block = new Float32Array(device.blockFrames)
    for (let b = 0; b < blockCount; b++) {
      block.fill(NaN)
      edge.run(block)
      largest = Math.max(largest, ...block)
    }
    // The step at the start overshoots, as in any steep filter.
    expect(largest).toBeLessThan(0.6)
    expect(block[0]).toBeCloseTo(0.5, 3)
    expect(Math.abs(asked * 128 - 48000)).toBeLessThan(700)
  })
})
