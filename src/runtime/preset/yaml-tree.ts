/**
 * YAML text to the tree of what was written. Everything that YAML allows and a preset has no use for (tags, keys that are not
 * texts, bombs of aliases, several documents) is a fault with its place. Thread: any      Realtime: no
 */
import type { Document, YAMLError } from "yaml"
import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from "yaml"
import type { Fault } from "../errors.ts"
import { messageOf } from "../errors.ts"
import { shown } from "./reading.ts"
import type { MapEntry, Place, TreeNode } from "./tree.ts"
import { DEEPEST, FORBIDDEN_KEY, MOST_NODES } from "./tree.ts"
import { pathToText } from "./path.ts"
import type { Path } from "./path.ts"

const BINARY_HINT = "Is this the right file? A song goes into the preset: sources: [{ name: Song, file: song.wav }]."
const LONGEST_TEXT = 1_000_000
const MOST_FAULTS = 10

/** Either a tree or the faults of its syntax. */
export interface ParsedYaml {
  readonly tree?: TreeNode
  readonly faults: readonly Fault[]
}

/** What helps, by the YAML parser's own code; its message serves for the rest. */
const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "Indent with spaces, not with tabs.",
  BLOCK_AS_IMPLICIT_KEY: "One key a line; a text with ': ' in it needs quotes.",
  MULTILINE_IMPLICIT_KEY: "One key a line: is a ':' missing, or the indentation wrong?",
  BAD_SCALAR_START: "A text that begins with this sign needs quotes.",
  MULTIPLE_DOCS: "A preset is one document: remove the line with '---'.",
  TAG_RESOLVE_FAILED: "A preset has no tags: a text that begins with '!' needs quotes.",
  BAD_ALIAS: "A text that begins with '*' or '&' needs quotes.",
}

/** Reads a YAML text. file: what the faults call it. fixed: one place for everything, for what is not in a file. */
export const treeOfYaml = (text: string, file: string, fixed?: Place): ParsedYaml => {
  const lineCounter = new LineCounter()
  const placeAt = (offset: number): Place => {
    if (fixed !== undefined) return fixed
    const { line, col } = lineCounter.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const whole = (found: string, hint: string): ParsedYaml => ({
    faults: [{ ...(fixed ?? { file, line: 1, column: 1 }), path: "", expected: "a YAML text", found, hint }],
  })
  if (text.includes("\0")) return whole("a binary file", BINARY_HINT)
  if (text.length > LONGEST_TEXT) return whole(`${text.length} characters`, `A preset has at most ${LONGEST_TEXT}.`)
  let document: Document.Parsed
  try {
    // Duplicate keys are found below, where their path is known.
    document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: "error" })
  } catch (error) {
    return whole("brackets nested too deep", `The YAML parser gave up: ${messageOf(error)}.`)
  }
  const problems = [...document.errors, ...document.warnings]
  if (problems.length > 0) return { faults: syntaxFaults(problems, text, placeAt) }
  return buildTree(document, placeAt)
}

/** One fault a line: what the parser says after its first complaint about a line is mostly an echo. */
const syntaxFaults = (problems: readonly YAMLError[], text: string, placeAt: (offset: number) => Place): Fault[] => {
  const byLine = new Map<number, Fault>()
  for (const problem of problems) {
    const place = placeAt(problem.pos[0])
    const line = place.line ?? 1
    if (byLine.has(line) || byLine.size >= MOST_FAULTS) continue
    const written = (place.line === undefined ? text : (text.split(/\r\n|\r|\n/u)[line - 1] ?? "")).trim()
    const hint = SYNTAX_HINTS[problem.code] ?? `${shown(problem.message.replace(/\.$/u, ""), 200)}.`
    byLine.set(line, { ...place, path: "", expected: "well-formed YAML", found: written === "" ? "the end of the text" : shown(written), hint })
  }
  return [...byLine.values()]
}

/** Stops the walk through a document that is too much. */
class TooMuch extends Error {}

const buildTree = (document: Document.Parsed, placeAt: (offset: number) => Place): ParsedYaml => {
  const faults: Fault[] = []
  let nodeCount = 0
  const fault = (place: Place, path: Path, expected: string, found: string, hint?: string): void => {
    faults.push({ ...place, path: pathToText(path), expected, found, ...(hint === undefined ? {} : { hint }) })
  }
  const anchors = new Map<string, unknown>()
  /** again   within what an alias repeats, where anchors are known already */
  const build = (node: unknown, path: Path, above: Place, again = false): TreeNode => {
    if (path.length > DEEPEST || ++nodeCount > MOST_NODES) throw new TooMuch()
    if (!again && isNode(node) && !isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isAlias(node)) {
      const place = placeAt(node.range?.[0] ?? 0)
      const target = anchors.get(node.source)
      if (target !== undefined) return build(target, path, place, true)
      fault(place, path, "an anchor that is defined above", shown(`*${node.source}`), SYNTAX_HINTS["BAD_ALIAS"])
      return { kind: "leaf", value: null, text: `*${node.source}`, place }
    }
    if (isSeq(node)) {
      const place = placeAt(node.range?.[0] ?? 0)
      return { kind: "list", items: node.items.map((item, index) => build(item, [...path, index], place, again)), place }
    }
    if (isMap(node)) {
      const place = placeAt(node.range?.[0] ?? 0)
      const entries = new Map<string, MapEntry>()
      for (const pair of node.items) {
        const keyNode: unknown = pair.key
        const keyPlace = isNode(keyNode) && keyNode.range ? placeAt(keyNode.range[0]) : place
        const key = isScalar(keyNode) ? (typeof keyNode.value === "string" ? keyNode.value : (keyNode.source ?? "")) : undefined
        if (key === undefined || key === FORBIDDEN_KEY) {
          fault(keyPlace, path, "a plain word as key", key ?? "a list, a map or an alias")
        } else if (entries.has(key)) {
          fault(keyPlace, [...path, key], "each key once", shown(key), `It stands on line ${entries.get(key)?.keyPlace.line ?? 1} already.`)
        } else {
          entries.set(key, { keyPlace, node: build(pair.value, [...path, key], keyPlace, again) })
        }
      }
      return { kind: "map", entries, place }
    }
    if (!isScalar(node)) return { kind: "leaf", value: null, text: "", place: above }
    const place = node.range ? placeAt(node.range[0]) : above
    const unwritten = node.value === null && node.source === ""
    return { kind: "leaf", value: node.value, text: node.source ?? String(node.value), place: unwritten ? above : place }
  }
  try {
    const tree = build(document.contents, [], placeAt(0))
    return { tree, faults }
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    fault(placeAt(0), [], "a preset", "more than a preset can hold", `At most ${DEEPEST} levels and ${MOST_NODES} values, aliases resolved.`)
    return { faults }
  }
}
