/**
 * A preset as it was written, before its meaning is known: leaves, lists and maps, each with its place in the file, so that every
 * fault can say where. Made from YAML (yaml-tree.ts) or from a plain object (here). Thread: any      Realtime: no
 */
import type { Fault } from "../errors.ts"
import { shown } from "./reading.ts"
import type { Path } from "./path.ts"
import { pathToText } from "./path.ts"

export interface Place {
  readonly file?: string
  readonly line?: number
  readonly column?: number
}
interface LeafNode {
  readonly kind: "leaf"
  readonly value: unknown
  /** As written. */
  readonly text: string
  readonly place: Place
}
interface ListNode { readonly kind: "list"; readonly items: TreeNode[]; readonly place: Place }
export interface MapEntry { readonly keyPlace: Place; readonly node: TreeNode }
export interface MapNode { readonly kind: "map"; readonly entries: Map<string, MapEntry>; readonly place: Place }
export type TreeNode = LeafNode | ListNode | MapNode

/** Deeper or bigger than any preset: what goes beyond is an accident or an attack. */
export const DEEPEST = 32
export const MOST_NODES = 20_000

/** Collects faults, each with the place of the node it is about. */
export interface FaultList {
  readonly faults: Fault[]
  /**
   * Adds a fault. The place is the node's at the path, or of the nearest node above that there is.
   * about   "key" points at the key instead of the value
   */
  add(path: Path, expected: string, found?: string, hint?: string, about?: "key" | "value"): void
}

/** What stands at a path, or undefined. */
export const nodeAt = (root: TreeNode, path: Path): TreeNode | undefined => {
  let node: TreeNode | undefined = root
  for (const step of path) {
    if (node?.kind === "map") node = node.entries.get(String(step))?.node
    else if (node?.kind === "list" && typeof step === "number") node = node.items[step]
    else return undefined
  }
  return node
}

const placeOf = (root: TreeNode, path: Path, about: "key" | "value"): Place => {
  for (let length = path.length; length > 0; length--) {
    const parent = nodeAt(root, path.slice(0, length - 1))
    const step = path[length - 1]
    const entry = parent?.kind === "map" ? parent.entries.get(String(step)) : undefined
    if (entry !== undefined) return about === "key" && length === path.length ? entry.keyPlace : entry.node.place
    const item = parent?.kind === "list" && typeof step === "number" ? parent.items[step] : undefined
    if (item !== undefined) return item.place
  }
  return root.place
}

/** What stands there, in words. */
export const describeNode = (node: TreeNode | undefined): string => {
  if (node === undefined) return "nothing"
  if (node.kind === "leaf") return node.value === null ? "nothing" : shown(node.text)
  if (node.kind === "list") return node.items.length === 0 ? "an empty list" : `a list of ${node.items.length}`
  return node.entries.size === 0 ? "an empty map" : `a map with ${shown([...node.entries.keys()].join(", "))}`
}

export const createFaultList = (root: TreeNode): FaultList => {
  const faults: Fault[] = []
  return {
    faults,
    add(path, expected, found, hint, about = "value") {
      const fault: Fault = { ...placeOf(root, path, about), path: pathToText(path), expected, found: found ?? describeNode(nodeAt(root, path)) }
      faults.push(hint === undefined ? fault : { ...fault, hint })
    },
  }
}

/** The plain value of a tree. An empty entry of a list or map stays null. */
export const toPlain = (node: TreeNode): unknown => {
  if (node.kind === "leaf") return node.value
  if (node.kind === "list") return node.items.map(toPlain)
  return Object.fromEntries(Array.from(node.entries, ([key, entry]) => [key, toPlain(entry.node)]))
}

/** Keys that mean something to the language itself, and nothing to a preset. */
export const FORBIDDEN_KEY = "__proto__"

/** Builds the tree of a plain object; keys that are undefined count as absent. Fails  PresetError by way of `tooMuch`. */
export const treeOfObject = (value: unknown, place: Place, tooMuch: (what: string) => never): TreeNode => {
  let nodeCount = 0
  const build = (current: unknown, depth: number): TreeNode => {
    if (depth > DEEPEST) return tooMuch("an object nested too deep, or within itself")
    if (++nodeCount > MOST_NODES) return tooMuch("an object with too much in it")
    if (Array.isArray(current)) return { kind: "list", items: current.map((item: unknown) => build(item, depth + 1)), place }
    if (typeof current !== "object" || current === null) return { kind: "leaf", value: current, text: String(current), place }
    const entries = new Map<string, MapEntry>()
    for (const [key, item] of Object.entries(current)) {
      if (item !== undefined && key !== FORBIDDEN_KEY) entries.set(key, { keyPlace: place, node: build(item, depth + 1) })
    }
    return { kind: "map", entries, place }
  }
  return build(value, 0)
}
