/**
 * Finds hot functions and what they must not do.
 *
 * Hot is a function or method with the comment `@hot` (in slash and star) directly before it; in plugins and in the mix graph also every
 * method named `process`. The body is read as text: strings and comments blanked, brackets matched.
 */
import { blank, closingOf, lineOf, type SourceFile } from "./source-text.ts"

const marker = /\/\*\s*@hot\s*\*\//g
/** A method with a body: `process(io) {`, `process(io: BlockIo): void {`. */
const processMethod = /(?<![\w.$])process\s*\(/g

interface Span {
  readonly from: number
  readonly to: number
}

const skipSpace = (code: string, from: number): number => {
  let at = from
  while (at < code.length && /\s/.test(code[at] ?? "")) at++
  return at
}

/** End of an arrow function's expression: where its line ends with all brackets closed and nothing to go on with. */
const endOfExpression = (code: string, from: number): number => {
  for (let at = from; at < code.length; at++) {
    const here = code[at] ?? ""
    if ("([{".includes(here)) at = closingOf(code, at)
    else if (")]},;".includes(here)) return at
    else if (here === "\n") {
      const before = code.slice(from, at).trimEnd()
      const after = code.slice(skipSpace(code, at))
      if (before !== "" && !/[?:&|+\-*/%=<>(,^]$/.test(before) && !/^[?:&|+*/%.<>=^]/.test(after)) return at
    }
  }
  return code.length
}

/** Place after a return type, if there is one: at `{` or `=>`. */
const afterReturnType = (code: string, from: number): number => {
  let at = skipSpace(code, from)
  if (code[at] !== ":") return at
  at = skipSpace(code, at + 1)
  // A type that is an object or a tuple itself.
  if (code[at] === "{" || code[at] === "[") at = closingOf(code, at) + 1
  while (at < code.length && code[at] !== "{" && !code.startsWith("=>", at)) at = code[at] === "(" || code[at] === "[" ? closingOf(code, at) + 1 : at + 1
  return at
}

/** The body of the function whose name or parameters begin at `from`; undefined where there is none. */
const bodyAt = (code: string, from: number): Span | undefined => {
  const open = code.indexOf("(", from)
  if (open === -1) return undefined
  const at = afterReturnType(code, closingOf(code, open) + 1)
  if (code[at] === "{") return { from: at + 1, to: closingOf(code, at) }
  if (!code.startsWith("=>", at)) return undefined
  const start = skipSpace(code, at + 2)
  return code[start] === "{" ? { from: start + 1, to: closingOf(code, start) } : { from: start, to: endOfExpression(code, start) }
}

const words: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w$.])new\s/g, "new"],
  [/(?<![\w$.])throw\b/g, "throw"],
  [/(?<![\w$.])(?:await|async|yield)\b/g, "waiting"],
  [/(?<![\w$.])class\b/g, "class"],
  [/(?<![\w$.])console\b/g, "console"],
  [/(?<![\w$.])(?:Promise|BigInt|JSON|Symbol|setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone)\b/g, "runtime call"],
  [/(?<![\w$.])(?:Date\b|performance\.now)/g, "clock"],
  [/=>|(?<![\w$.])function\b/g, "closure"],
  [/\.\.\./g, "spread"],
  [/`/g, "template literal"],
  [/\.(?:subarray|slice|splice|concat|map|filter|flatMap|forEach|reduce|entries|keys|values|split|join|unshift|bind|toString|toFixed|from|of|bigint)\s*\(/g, "allocating call"],
  [/(?<![\w$.])(?:Array|Object|String)[.(]/g, "allocating call"],
]

const afterKeyword = /(?<![\w$.])(?:return|of|in|case|typeof|void|yield|await|delete|else|do)$/
const declares = /(?<![\w$.])(?:const|let|var)$/

/** An array's push has one argument; an event ring's has several, and allocates nothing. */
const growsArray = (body: string, open: number): boolean => {
  const close = closingOf(body, open)
  for (let at = open + 1; at < close; at++) {
    if ("([{".includes(body[at] ?? "")) at = closingOf(body, at)
    else if (body[at] === ",") return false
  }
  return true
}

/** Literals: a bracket or brace where a value is expected. */
const literalAt = (body: string, at: number): string | undefined => {
  const before = body.slice(0, at).trimEnd()
  if (declares.test(before)) return undefined
  if (body[at] === "[") {
    // Indexing follows a value, a type follows a name or `as`.
    if (/[\w$)\]"'`]!?$/.test(before) || before.endsWith("?.")) return afterKeyword.test(before) ? "array literal" : undefined
    return "array literal"
  }
  if (/[=(,[?!&|+\-*/%<]$/.test(before) || /(?<![\w$.])(?:return|of|in|typeof|void)$/.test(before)) return "object literal"
  if (before.endsWith(":") && !/(?:\bcase\b[^\n]*|\bdefault\s*|^\s*\w+\s*):$/.test(before.slice(before.lastIndexOf("\n") + 1))) return "object literal"
  return undefined
}

export interface HotFault {
  readonly line: number
  readonly what: string
}

const faultsIn = (code: string, { from, to }: Span): readonly HotFault[] => {
  const body = code.slice(from, to)
  const found: { at: number; what: string }[] = []
  for (const [pattern, what] of words) for (const match of body.matchAll(pattern)) found.push({ at: match.index, what })
  for (const { 0: text, index } of body.matchAll(/\.push\s*\(/g)) {
    if (growsArray(body, index + text.length - 1)) found.push({ at: index, what: "allocating call" })
  }
  for (let at = 0; at < body.length; at++) {
    if (body[at] !== "[" && body[at] !== "{") continue
    const what = literalAt(body, at)
    if (what !== undefined) found.push({ at, what })
  }
  return found.toSorted((a, b) => a.at - b.at).map(({ at, what }) => ({ line: lineOf(code, from + at), what }))
}

/** Bodies of a file's hot functions. Fails where a marker stands before no function. */
const hotSpans = ({ path, text }: SourceFile): readonly Span[] => {
  const code = blank(text)
  const spans: Span[] = []
  for (const match of text.matchAll(marker)) {
    // A marker inside a string or another comment is none: there, its blanked surroundings begin earlier.
    const span = bodyAt(code, match.index + match[0].length)
    if (span === undefined) throw new Error(`${path}:${lineOf(text, match.index)}: @hot stands before no function`)
    spans.push(span)
  }
  if (path.startsWith("src/plugins/") || path.startsWith("src/runtime/graph/")) {
    for (const match of code.matchAll(processMethod)) {
      const close = closingOf(code, match.index + match[0].length - 1)
      if (/^\s*(?::\s*[\w<>[\], |.]+)?\s*\{/.test(code.slice(close + 1))) {
        const span = bodyAt(code, match.index)
        if (span !== undefined && !spans.some(({ from }) => from === span.from)) spans.push(span)
      }
    }
  }
  return spans
}

export const hotFunctionCount = (file: SourceFile): number => hotSpans(file).length

/** What a file's hot functions do and must not, as "file:line: what". */
export const hotFaultsOf = (file: SourceFile): readonly string[] => {
  const code = blank(file.text)
  const faults = hotSpans(file).flatMap((span) => faultsIn(code, span))
  // Only io reads clocks; all others are told the time.
  const clocks = file.path.startsWith("src/runtime/io/")
    ? []
    : hotSpans(file).flatMap(({ from, to }) => [...code.slice(from, to).matchAll(/\bhrtime\b/g)].map(({ index }) => ({ line: lineOf(code, from + index), what: "clock" })))
  return [...faults, ...clocks].map(({ line, what }) => `${file.path}:${line}: ${what}`)
}
