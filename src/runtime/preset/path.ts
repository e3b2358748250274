/**
 * Places in a preset, written as `mix.strips.Ann.inserts[0].wet`; a key with other signs in it as `["St. Ann"]`.
 * Thread: any      Realtime: no
 */

import { quoted } from "./reading.ts"

export type Path = readonly (string | number)[]

const PLAIN_KEY = /^[^.[\]"=\s\p{Cc}](?:[^.[\]"=\p{Cc}\u2028\u2029]*[^.[\]"=\s\p{Cc}])?$/u

export const pathToText = (path: Path): string =>
  path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`
      if (!PLAIN_KEY.test(step)) return `[${quoted(step)}]`
      return index === 0 ? step : `.${step}`
    })
    .join("")

const STEP = /\[(\d{1,6})\]|\[("(?:[^"\\]|\\.)*")\]|(\.?)([^.[\]"=]+)/uy

/** Reads what pathToText writes. Returns undefined for what is no path. */
export const parsePath = (text: string): Path | undefined => {
  const path: (string | number)[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text)
    if (match === null) return undefined
    const [, index, literal, dot, key] = match
    if (index !== undefined) path.push(Number(index))
    else if (literal !== undefined) {
      const step = unquote(literal)
      if (step === undefined) return undefined
      path.push(step)
    } else if (key !== undefined && (dot === "") === (path.length === 0)) path.push(key.trim())
    else return undefined
  }
  return path.length === 0 || path.includes("") ? undefined : path
}

const unquote = (literal: string): string | undefined => {
  try {
    return JSON.parse(literal) as string
  } catch {
    return undefined
  }
}
