/**
 * From text, or from a plain object, to a preset that can run: tree of what was written → `--set` changes → shape (Schema) and what
 * holds between keys → defaults. Everything that is wrong is told at once. Thread: any      Realtime: no
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type { Fault } from "../errors.ts"
import { PresetError } from "../errors.ts"
import type { PluginManifest } from "../graph/plugin.ts"
import type { CheckOptions } from "./check.ts"
import { checkPreset } from "./check.ts"
import { addIssue } from "./issues.ts"
import type { Preset } from "./preset.ts"
import { resolvePreset } from "./resolve.ts"
import type { PresetInput } from "./schema.ts"
import { presetSchema } from "./schema.ts"
import { applySets } from "./sets.ts"
import type { MapNode, TreeNode } from "./tree.ts"
import { createFaultList, describeNode, nodeAt, toPlain, treeOfObject } from "./tree.ts"
import { treeOfYaml } from "./yaml-tree.ts"

export interface DecodeObjectOptions extends CheckOptions {
  /** Changes as from the command line: `path=value`. */
  readonly sets?: readonly string[]
  /** Every plugin that may stand after `use`. */
  readonly plugins: readonly PluginManifest[]
}
export interface DecodeOptions extends DecodeObjectOptions {
  /** What the faults call the text. */
  readonly file: string
}

/**
 * Reads a preset's YAML.
 * Fails  PresetError, with every fault, in the order of the text
 */
export const decodePreset = (text: string, options: DecodeOptions): Preset => {
  const { tree, faults } = treeOfYaml(text, options.file)
  if (tree === undefined) throw new PresetError(faults)
  return decodeTree(tree, faults, options)
}

/**
 * Reads a preset that is a plain object, with the names and units of the YAML.
 * Fails  PresetError, with every fault; without lines, there being none
 */
export const decodePresetObject = (input: PresetInput, options: DecodeObjectOptions): Preset => {
  const tree = treeOfObject(input, {}, (what) => {
    throw new PresetError([{ path: "", expected: "a preset", found: what }])
  })
  return decodeTree(tree, [], options)
}

const decodeTree = (root: TreeNode, early: readonly Fault[], options: DecodeObjectOptions): Preset => {
  const list = createFaultList(root)
  if (root.kind !== "map") {
    list.add([], "a preset: keys with values, at least party", describeNode(root), "For example party: Friday KTV.")
    throw new PresetError([...early, ...list.faults])
  }
  list.faults.push(...early, ...applySets(root, options.sets ?? []))
  dropEmptySections(root)
  const exit = Schema.decodeUnknownExit(presetSchema(options.plugins))(toPlain(root), { errors: "all", onExcessProperty: "error" })
  if (Exit.isFailure(exit)) {
    const failure = Cause.squash(exit.cause)
    if (!(failure instanceof Schema.SchemaError)) throw failure
    addIssue(root, list, failure.issue)
  }
  checkPreset(root, list, options)
  if (Exit.isFailure(exit) || list.faults.length > 0) {
    const faults = list.faults.filter((fault) => early.includes(fault) || !isTold(fault, early))
    throw new PresetError(inOrder(faults, root.place.file))
  }
  return resolvePreset(exit.value)
}

const SECTIONS = [
  ["audio"], ["network"], ["jitter"], ["sources"], ["mix", "strips"], ["mix", "buses"], ["mix", "master"], ["mix"], ["outputs"],
] as const
const NAMED_SECTIONS = [["mix", "strips"], ["mix", "buses"]] as const

/** A section with nothing in it, its lines commented out perhaps, is as good as absent; a strip or bus with nothing in it is there. */
const dropEmptySections = (root: MapNode): void => {
  const isEmpty = (node: TreeNode | undefined): boolean => node?.kind === "leaf" && node.value === null
  for (const path of NAMED_SECTIONS) {
    const section = nodeAt(root, path)
    if (section?.kind !== "map") continue
    for (const [name, { keyPlace, node }] of section.entries) {
      if (isEmpty(node)) section.entries.set(name, { keyPlace, node: { kind: "map", entries: new Map(), place: node.place } })
    }
  }
  for (const path of SECTIONS) {
    const parent = nodeAt(root, path.slice(0, -1))
    const key = path[path.length - 1] ?? ""
    if (parent?.kind === "map" && isEmpty(parent.entries.get(key)?.node)) parent.entries.delete(key)
  }
}

/** What YAML itself found wrong at a place leaves nothing there, which is no second fault. */
const isTold = (fault: Fault, early: readonly Fault[]): boolean =>
  early.some((told) => told.path === fault.path && told.line === fault.line && told.column === fault.column)

/** By line; what came from `--set` last, each change's faults together. The same fault, found twice, is told once. */
const inOrder = (faults: readonly Fault[], file: string | undefined): Fault[] => {
  const seen = new Set<string>()
  const once = faults.filter((fault) => {
    const key = JSON.stringify(fault)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
  const files = [...new Set([file, ...once.map((fault) => fault.file)])]
  const rank = (fault: Fault): number => files.indexOf(fault.file)
  return once.toSorted((a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}
