/**
 * Changes from the command line: `--set mix.strips.Ann.gain=-6dB`. Applied to the tree before it is decoded, so that a changed value
 * goes by the same rules as a written one; its faults name the `--set` as their place. Thread: any      Realtime: no
 */
import type { Fault } from "../errors.ts"
import type { Path } from "./path.ts"
import { parsePath, pathToText } from "./path.ts"
import { shown } from "./reading.ts"
import type { MapNode, Place, TreeNode } from "./tree.ts"
import { FORBIDDEN_KEY, describeNode, nodeAt } from "./tree.ts"
import { treeOfYaml } from "./yaml-tree.ts"

/** Path before the first "=" that is not in quotes, value after it. */
const SET = /^((?:[^="]|"(?:[^"\\]|\\.)*")+)=(.*)$/su

/** Applies the changes in order, in place. Returns what was wrong with them. */
export const applySets = (root: MapNode, sets: readonly string[]): Fault[] => sets.flatMap((text) => applySet(root, text))

const applySet = (root: MapNode, text: string): readonly Fault[] => {
  const place: Place = { file: `--set ${shown(text, 200)}` }
  const fault = (path: string, expected: string, found: string): Fault[] => [{ ...place, path, expected, found }]
  const match = SET.exec(text)
  const path = match === null ? undefined : parsePath((match[1] ?? "").trim())
  if (path === undefined || path.includes(FORBIDDEN_KEY)) {
    return fault("", "path=value, like mix.strips.Ann.gain=-6dB", text === "" ? "nothing" : shown(text))
  }
  const parsed = treeOfYaml(match?.[2] ?? "", "--set", place)
  if (parsed.tree === undefined || parsed.faults.length > 0) {
    return parsed.faults.map((problem) => ({ ...problem, path: `${pathToText(path)}${problem.path === "" ? "" : `.${problem.path}`}` }))
  }
  const problem = put(root, path, parsed.tree, place)
  dropReplaced(root, path)
  return problem === undefined ? [] : fault(pathToText(path), problem.expected, problem.found)
}

/** Of a jitter buffer's two kinds of setting the one that is set replaces the other, as it does while the party runs. */
const REPLACES: Readonly<Record<string, readonly string[]>> = { policy: ["delay"], delay: ["policy", "min", "max"] }

const dropReplaced = (root: MapNode, path: Path): void => {
  const [section, key] = path.slice(-2)
  if (section !== "jitter" || typeof key !== "string" || !Object.hasOwn(REPLACES, key)) return
  const map = nodeAt(root, path.slice(0, -1))
  if (map?.kind === "map") for (const replaced of REPLACES[key] ?? []) map.entries.delete(replaced)
}

const emptyFor = (step: string | number, place: Place): TreeNode =>
  typeof step === "number" ? { kind: "list", items: [], place } : { kind: "map", entries: new Map(), place }

/** Puts a node at a path, making maps and lists on the way. Returns why it cannot. */
const put = (root: MapNode, path: Path, value: TreeNode, place: Place): { expected: string; found: string } | undefined => {
  let node: TreeNode = root
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1
    if (typeof step === "number") {
      if (node.kind !== "list") return { expected: `a list at ${pathToText(path.slice(0, index))}`, found: describeNode(node) }
      if (step > node.items.length) return { expected: `an index from 0 to ${node.items.length}`, found: String(step) }
      const next: TreeNode = last ? value : present(node.items[step]) ?? emptyFor(path[index + 1] ?? "", place)
      node.items[step] = next
      node = next
    } else {
      if (node.kind !== "map") return { expected: `a map at ${pathToText(path.slice(0, index))}`, found: describeNode(node) }
      const entry = node.entries.get(step)
      const next: TreeNode = last ? value : present(entry?.node) ?? emptyFor(path[index + 1] ?? "", place)
      node.entries.set(step, { keyPlace: last ? place : (entry?.keyPlace ?? place), node: next })
      node = next
    }
  }
  return undefined
}

/** A key with nothing after it counts as absent. */
const present = (node: TreeNode | undefined): TreeNode | undefined => (node?.kind === "leaf" && node.value === null ? undefined : node)
