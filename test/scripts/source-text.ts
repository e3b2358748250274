/** Looks at TypeScript as text, for the tests that check how the code is built. No parser: comments and strings are told apart, braces matched. */
import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string
  readonly text: string
}

export const repositoryRoot = join(import.meta.dirname, "../..")

/** Every .ts file under a folder of the repository, but for AssemblyScript's. */
export const readSources = (folder: string): readonly SourceFile[] =>
  readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(repositoryRoot, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !path.startsWith("src/runtime/dsp/assembly/"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), "utf8") }))

const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of))\s*$/

/**
 * The same text, of the same length, with comments blanked, and with the contents of strings, templates and regular expressions
 * blanked too unless `keepStrings`. Line breaks stay. Code inside `${…}` stays.
 */
export const blank = (text: string, keepStrings = false): string => {
  const out = text.split("")
  const erase = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== "\n") out[i] = " "
  }
  /** Depths of braces at which a template goes on. */
  const templates: number[] = []
  let depth = 0
  let at = 0
  const endOfQuoted = (from: number, quote: string): number => {
    let i = from
    while (i < text.length && text[i] !== quote && text[i] !== "\n") i += text[i] === "\\" ? 2 : 1
    return i
  }
  const skipTemplate = (from: number): number => {
    let i = from
    while (i < text.length && text[i] !== "`" && !(text[i] === "$" && text[i + 1] === "{")) i += text[i] === "\\" ? 2 : 1
    if (!keepStrings) erase(from, i)
    if (text[i] === "$") {
      templates.push(depth)
      depth++
      return i + 2
    }
    return i + 1
  }
  while (at < text.length) {
    const here = text[at]
    const next = text[at + 1]
    if (here === "/" && next === "/") {
      const end = text.indexOf("\n", at)
      erase(at, end === -1 ? text.length : end)
      at = end === -1 ? text.length : end
    } else if (here === "/" && next === "*") {
      const end = text.indexOf("*/", at + 2)
      erase(at, end === -1 ? text.length : end + 2)
      at = end === -1 ? text.length : end + 2
    } else if (here === '"' || here === "'") {
      const end = endOfQuoted(at + 1, here)
      if (!keepStrings) erase(at + 1, end)
      at = end + 1
    } else if (here === "`") {
      at = skipTemplate(at + 1)
    } else if (here === "/" && beforeRegex.test(out.slice(Math.max(0, at - 80), at).join(""))) {
      let i = at + 1
      for (let inClass = false; i < text.length && text[i] !== "\n" && (inClass || text[i] !== "/"); i++) {
        if (text[i] === "\\") i++
        else if (text[i] === "[") inClass = true
        else if (text[i] === "]") inClass = false
      }
      erase(at + 1, i)
      at = i + 1
    } else {
      if (here === "{") depth++
      if (here === "}") {
        depth--
        if (templates.at(-1) === depth) {
          templates.pop()
          at = skipTemplate(at + 1)
          continue
        }
      }
      at++
    }
  }
  return out.join("")
}

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" }

/** Place of the bracket that closes the one at `open`, in blanked text; the text's length where there is none. */
export const closingOf = (blanked: string, open: number): number => {
  const opener = blanked[open] ?? ""
  const closer = closers[opener]
  let depth = 0
  for (let i = open; i < blanked.length; i++) {
    if (blanked[i] === opener) depth++
    else if (blanked[i] === closer && --depth === 0) return i
  }
  return blanked.length
}

export const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length
