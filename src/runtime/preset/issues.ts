/**
 * Turns the issues of Schema into faults: place, expected, found, hint, one a line. Thread: any      Realtime: no
 */
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { didYouMean, orList } from "./nearest.ts"
import type { Path } from "./path.ts"
import { shown } from "./reading.ts"
import type { FaultList, TreeNode } from "./tree.ts"
import { describeNode, nodeAt } from "./tree.ts"

const knownKeys = (ast: SchemaAST.AST): readonly string[] =>
  ast._tag === "Objects" ? ast.propertySignatures.map((property) => String(property.name)) : []

/** What a map or a list should have been, and how to make one of what is there. */
const structure = (ast: SchemaAST.AST, node: TreeNode | undefined): readonly [expected: string, hint: string | undefined] => {
  if (ast._tag === "Arrays") {
    if (node?.kind === "leaf" && node.value !== null) return ["a list", `Put it in brackets: [${shown(node.text)}]`]
    return ["a list", node?.kind === "map" ? "Begin each item with '- '." : undefined]
  }
  const keys = knownKeys(ast)
  return [keys.length === 0 ? "a map" : `a map with the keys ${orList(keys)}`, node?.kind === "list" ? "Remove the '- '." : undefined]
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** Adds a fault for each leaf of an issue. */
export const addIssue = (root: TreeNode, faults: FaultList, issue: SchemaIssue.Issue, path: Path = []): void => {
  switch (issue._tag) {
    case "Pointer":
      return addIssue(root, faults, issue.issue, [...path, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))])
    case "Composite":
      return issue.issues.forEach((inner) => addIssue(root, faults, inner, path))
    case "Filter":
    case "Encoding":
      return addIssue(root, faults, issue.issue, path)
    case "MissingKey":
      return faults.add(path, textOf(issue.annotations?.["messageMissingKey"]) ?? "a value", "nothing")
    case "UnexpectedKey": {
      const keys = knownKeys(issue.ast)
      const key = String(path[path.length - 1] ?? "")
      return faults.add(path, `one of the keys ${orList(keys)}`, shown(key), didYouMean(key, keys), "key")
    }
    case "InvalidValue": {
      const { expected, hint, about } = issue.annotations ?? {}
      const found = about === "key" ? shown(String(path[path.length - 1] ?? "")) : undefined
      const node = nodeAt(root, path)
      const empty = node?.kind === "leaf" && node.value === null ? "Write a value after it, or remove the key." : undefined
      return faults.add(path, textOf(expected) ?? "another value", found, textOf(hint) ?? empty, about === "key" ? "key" : "value")
    }
    case "InvalidType": {
      const node = nodeAt(root, path)
      const [expected, hint] = structure(issue.ast, node)
      return faults.add(path, expected, describeNode(node), hint)
    }
    case "AnyOf":
    case "OneOf":
    case "Forbidden":
      return faults.add(path, "another value")
  }
}
