/** Seeded randomness: the same seed gives the same numbers everywhere. */

export interface Random {
  /** 0 <= value < 1 */
  uniform(): number
  between(low: number, high: number): number
  chance(probability: number): boolean
  exponential(mean: number): number
  normal(): number
  /** A count with this mean. */
  poisson(mean: number): number
  /** At least `scale`; the smaller alpha, the heavier the tail. */
  pareto(scale: number, alpha: number): number
}

/** A number for a text, so that each model draws its own numbers from one seed. */
export const seedOf = (text: string, seed: number): number => {
  let hash = seed | 0
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x9e3779b1)
  return hash
}

/** Source: a Weyl sequence through Steele and Vigna's 32-bit mixer. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0
    let word = state
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32
  }
  const exponential = (mean: number): number => -mean * Math.log(1 - uniform())
  return {
    uniform,
    exponential,
    between: (low, high) => low + (high - low) * uniform(),
    chance: (probability) => uniform() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    poisson(mean) {
      let count = 0
      for (let sum = exponential(1); sum < mean; sum += exponential(1)) count++
      return count
    },
    pareto: (scale, alpha) => scale / (1 - uniform()) ** (1 / alpha),
  }
}
