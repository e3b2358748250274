import { describe, expect, it } from "vitest"
import { HASH_SEED, hashWords } from "../../../src/runtime/trace/words-hash.ts"
import { createRandom } from "../dsp/kernels.ts"

const words = (count: number, seed = 1): Int32Array => {
  const random = createRandom(seed)
  return Int32Array.from({ length: count }, () => Math.floor((random() - 0.5) * 2 ** 32))
}

describe("the hash of words", () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 128, 131])("of %i words changes with each bit of each word, and with nothing beside them", (count) => {
    const all = words(count + 2)
    const hash = hashWords(all, 1, count, HASH_SEED)
    for (let i = 0; i < count + 2; i++) {
      for (let bit = 0; bit < 32; bit++) {
        all[i]! ^= 1 << bit
        if ((hashWords(all, 1, count, HASH_SEED) === hash) !== (i === 0 || i === count + 1)) expect.fail(`word ${i}, bit ${bit}`)
        all[i]! ^= 1 << bit
      }
    }
  })

  it("tells two words that have changed places", () => {
    const all = words(64)
    const hash = hashWords(all, 0, 64, HASH_SEED)
    for (let i = 0; i < 64; i++) {
      for (let j = 0; j < i; j++) {
        const swapped = all.slice()
        swapped[i] = all[j]!
        swapped[j] = all[i]!
        if (hashWords(swapped, 0, 64, HASH_SEED) === hash) expect.fail(`${i} and ${j}`)
      }
    }
  })

  it("of nothing is of the seed alone", () => {
    expect(hashWords(words(4), 2, 0, 1)).toBe(hashWords(words(4, 2), 0, 0, 1))
    expect(hashWords(words(4), 2, 0, 1)).not.toBe(hashWords(words(4), 2, 0, 2))
  })
})
