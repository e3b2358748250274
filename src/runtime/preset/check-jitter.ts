/**
 * What must hold between the keys of `jitter`, of the party and of the strips that are laid over it. Works on the tree as written,
 * as check.ts does. Thread: any      Realtime: no
 */
import { JITTER_SPECS } from "./describe.ts"
import { DEFAULT_JITTER, jitterChange, jitterFault, LOCAL_JITTER, overJitter } from "./jitter.ts"
import type { Path } from "./path.ts"
import type { JitterChange, JitterSpec } from "./preset.ts"
import { readChoice } from "./reading.ts"
import type { FaultList, TreeNode } from "./tree.ts"
import { nodeAt } from "./tree.ts"
import { readQuantity } from "./units-syntax.ts"

const BESIDE_DELAY = ["policy", "min", "max"] as const

const leafAt = (node: TreeNode, key: string): unknown => {
  const found = nodeAt(node, [key])
  return found?.kind === "leaf" ? found.value : undefined
}

/** What a map says, where all of it can be read; "unreadable": its faults are told by the schema. */
const read = (node: TreeNode): JitterChange | undefined | "unreadable" => {
  if (node.kind !== "map") return "unreadable"
  const written: { policy?: "tight" | "steady" | "safe"; min?: number; max?: number; delay?: number } = {}
  if (node.entries.has("policy")) {
    const policy = readChoice(JITTER_SPECS.policy.choices)(leafAt(node, "policy"))
    if (!policy.ok) return "unreadable"
    written.policy = policy.value
  }
  for (const key of ["min", "max", "delay"] as const) {
    if (!node.entries.has(key)) continue
    const reading = readQuantity(JITTER_SPECS[key], leafAt(node, key))
    if (!reading.ok) return "unreadable"
    written[key] = reading.value
  }
  return jitterChange(written)
}

/** What holds with the map at a path laid over `under`; undefined: it cannot be said, the fault is told. */
const checkAt = (root: TreeNode, path: Path, under: JitterSpec, faults: FaultList): JitterSpec | undefined => {
  const node = nodeAt(root, path)
  if (node === undefined || (node.kind === "leaf" && node.value === null)) return under
  if (node.kind === "map" && node.entries.has("delay")) {
    const beside = BESIDE_DELAY.filter((key) => node.entries.has(key))
    for (const key of beside) {
      faults.add([...path, key], "a delay alone, or a policy with min and max", `${key} beside delay`, "Remove one of the two.", "key")
    }
    if (beside.length > 0) return undefined
  }
  const change = read(node)
  if (change === "unreadable") return undefined
  const fault = change === undefined ? undefined : jitterFault(under, change)
  if (fault === undefined) return overJitter(under, change)
  faults.add([...path, fault.key], fault.expected, undefined, fault.hint)
  return undefined
}

/** Adds every fault between the keys of `jitter`. */
export const checkJitter = (root: TreeNode, faults: FaultList): void => {
  const party = checkAt(root, ["jitter"], DEFAULT_JITTER, faults)
  const strips = nodeAt(root, ["mix", "strips"])
  if (party === undefined || strips?.kind !== "map") return
  const every = ["mix", "strips", "*", "jitter"]
  const forPeers = checkAt(root, every, party, faults)
  if (forPeers === undefined) return
  const starred = nodeAt(root, every)
  const star = starred === undefined ? undefined : read(starred)
  const forLocals = overJitter(LOCAL_JITTER, star === "unreadable" ? undefined : star)
  const sources = nodeAt(root, ["sources"])
  const locals = new Set(sources?.kind === "list" ? sources.items.map((source) => leafAt(source, "name")) : [])
  for (const name of strips.entries.keys()) {
    if (name !== "*") checkAt(root, ["mix", "strips", name, "jitter"], locals.has(name) ? forLocals : forPeers, faults)
  }
}
