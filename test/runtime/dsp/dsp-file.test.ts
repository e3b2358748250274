import { beforeAll, describe, expect, it } from "vitest"
import { ResourceError } from "../../../src/runtime/errors.ts"
import { createArenaMemory } from "../../../src/runtime/io/dsp-file.ts"
import { ARENA_BASE_BYTES } from "../../../src/runtime/dsp/dsp.ts"
import { buildModule, wasmSide } from "./kernels.ts"

let module: WebAssembly.Module
beforeAll(async () => { module = await buildModule() })

describe("createArenaMemory", () => {
  it("gives whole shared pages, one mebibyte at least", () => {
    expect(createArenaMemory(0).buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(createArenaMemory(0).buffer.byteLength).toBe(2 ** 20)
    expect(createArenaMemory(2 ** 21).buffer.byteLength).toBe(2 ** 21)
    expect(createArenaMemory(2 ** 21 + 1).buffer.byteLength).toBe(2 ** 21 + 65536)
  })

  it("says what to do when the party is too big", () => {
    expect(() => createArenaMemory(2 ** 30 + 1)).toThrow(ResourceError)
    expect(() => createArenaMemory(2 ** 30 + 1)).toThrow("1024 at most")
  })
})

describe("dsp.wasm", () => {
  it("works over memories of any size and above the arena's base", () => {
    for (const bytes of [0, 2 ** 24, 2 ** 26]) {
      const side = wasmSide(module, createArenaMemory(bytes))
      const last = side.u8.length - 512
      side.f32.fill(0.5, last / 4)
      side.dsp.gain(ARENA_BASE_BYTES, last, 128, 0.5, 0.5)
      expect(side.f32[ARENA_BASE_BYTES / 4 + 127]).toBe(0.25)
    }
  })
})
