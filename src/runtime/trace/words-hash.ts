/**
 * A cheap 32-bit hash over words, by which two runs are compared. Each step can be undone, so words that differ in one place never
 * give the same.
 *
 * Four rows of words are hashed side by side: one alone would wait for each product.
 */

export const HASH_SEED = 0x5a7c_11e9
/** Odd, as an int32. */
const FACTOR = 0x9e37_79b1 | 0

/** Realtime: wait-free, allocates nothing */
/* @hot */
export function hashWords(words: Int32Array, from: number, count: number, seed: number): number {
  let a = seed | 0
  let b = a ^ 0x5555_5555
  let c = a ^ 0x3333_3333
  let d = a ^ 0x0f0f_0f0f
  const end = from + count
  const last = end - 3
  let i = from
  for (; i < last; i += 4) {
    a = Math.imul(a ^ (words[i] as number), FACTOR)
    b = Math.imul(b ^ (words[i + 1] as number), FACTOR)
    c = Math.imul(c ^ (words[i + 2] as number), FACTOR)
    d = Math.imul(d ^ (words[i + 3] as number), FACTOR)
    a = (a << 15) | (a >>> 17)
    b = (b << 15) | (b >>> 17)
    c = (c << 15) | (c >>> 17)
    d = (d << 15) | (d >>> 17)
  }
  for (; i < end; i++) {
    a = Math.imul(a ^ (words[i] as number), FACTOR)
    a = (a << 15) | (a >>> 17)
  }
  a = Math.imul(a ^ b, FACTOR)
  a = Math.imul(((a << 15) | (a >>> 17)) ^ c, FACTOR)
  return Math.imul(((a << 15) | (a >>> 17)) ^ d, FACTOR)
}

/** Of a whole state: the hash over its pieces' hashes. Realtime: no */
export function hashState(words: Int32Array, chunkWords: number): number {
  const hashes = new Int32Array(Math.ceil(words.length / chunkWords))
  for (let i = 0; i < hashes.length; i++) {
    hashes[i] = hashWords(words, i * chunkWords, Math.min(chunkWords, words.length - i * chunkWords), HASH_SEED)
  }
  return hashWords(hashes, 0, hashes.length, HASH_SEED)
}
