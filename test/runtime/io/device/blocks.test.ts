import { expect, it } from "vitest"
import { createBlockCutter } from "../../../../src/runtime/io/device/blocks.ts"

const bytesOf = (count: number): Buffer => Buffer.from(Float32Array.from({ length: count }, (_, i) => i).buffer)

it.each([1, 3, 4, 7, 16, 17, 1000])("gives the same blocks whatever the pieces are: %i bytes", (pieceBytes) => {
  const blocks: number[][] = []
  const cutter = createBlockCutter(4, (block) => void blocks.push([...block]))
  const bytes = bytesOf(22)
  for (let at = 0; at < bytes.length; at += pieceBytes) cutter.push(bytes.subarray(at, at + pieceBytes))
  expect(blocks).toEqual([0, 4, 8, 12, 16].map((first) => [first, first + 1, first + 2, first + 3]))
})

it("forgets an unfinished block", () => {
  const blocks: number[][] = []
  const cutter = createBlockCutter(2, (block) => void blocks.push([...block]))
  cutter.push(bytesOf(3))
  cutter.reset()
  cutter.push(bytesOf(2))
  expect(blocks).toEqual([[0, 1], [0, 1]])
})

it("takes nothing and gives nothing", () => {
  createBlockCutter(2, () => expect.unreachable()).push(Buffer.alloc(0))
})
