/** Finds what a mistyped word was meant to be. Thread: any      Realtime: no */

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
export const editDistance = (from: string, to: string): number => {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1)
      current.push(best)
    }
    beforeLast = last
    last = current
  }
  return last[to.length] ?? 0
}

const LONGEST_WORD = 64

/**
 * The known word nearest to a mistyped one, upper and lower case alike.
 * Returns  undefined where none is near: more than a third of the letters differ, and neither begins the other
 */
export const nearestWord = (word: string, known: Iterable<string>): string | undefined => {
  const wanted = word.toLowerCase()
  if (wanted.length === 0 || wanted.length > LONGEST_WORD) return undefined
  let nearest: string | undefined
  let nearestDistance = Infinity
  for (const candidate of known) {
    const other = candidate.toLowerCase()
    if (other.length > LONGEST_WORD) continue
    const distance = editDistance(wanted, other)
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3))
    const begins = Math.min(wanted.length, other.length) >= 3 && (other.startsWith(wanted) || wanted.startsWith(other))
    if ((distance <= allowed || begins) && distance < nearestDistance) {
      nearest = candidate
      nearestDistance = distance
    }
  }
  return nearest
}

/** The hint for a mistyped word, or undefined. */
export const didYouMean = (word: string, known: Iterable<string>): string | undefined => {
  const nearest = nearestWord(word, known)
  return nearest === undefined || nearest === word ? undefined : `Did you mean '${nearest}'?`
}

/** `a, b or c` */
export const orList = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`
