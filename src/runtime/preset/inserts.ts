/**
 * An insert: `{ use: echo, time: 180ms, wet: 0.2 }`, or `echo` alone. Its parameters stand beside `use` and go by the plugin's own
 * manifest, so the schema is made for the plugins that there are. Thread: any      Realtime: no
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { ParamValue, PluginManifest } from "../graph/plugin.ts"
import { parseParameter } from "./describe.ts"
import { refusalIssue } from "./leaf.ts"
import { didYouMean, orList } from "./nearest.ts"
import type { PluginUse } from "./preset.ts"
import type { Refusal } from "./reading.ts"
import { refuse } from "./reading.ts"

/** As it is written. */
export type InsertInput = string | { readonly use: string; readonly [parameter: string]: ParamValue }

const pluginRefusal = (use: unknown, plugins: readonly PluginManifest[]): Refusal => {
  const names = plugins.map((plugin) => plugin.id).toSorted()
  const expected = names.length === 0 ? "a plugin (there is none)" : `a plugin: ${orList(names)}`
  return refuse(expected, typeof use === "string" ? didYouMean(use, names) : undefined)
}

const parameterRefusal = (name: string, plugin: PluginManifest): Refusal => {
  const names = Object.keys(plugin.params)
  if (names.length === 0) return refuse(`no parameter: ${plugin.id} has none`)
  return refuse(`a parameter of ${plugin.id}: ${orList(names)}`, didYouMean(name, names))
}

/** Reads one insert. issues   takes every refusal, with the key it is about, or undefined for the insert as a whole */
const readInsert = (
  raw: unknown,
  plugins: readonly PluginManifest[],
  refused: (refusal: Refusal, key?: string, about?: "key" | "value") => void,
): PluginUse | undefined => {
  const bare = typeof raw === "string"
  if (!bare && (typeof raw !== "object" || raw === null || Array.isArray(raw))) {
    refused(refuse("an insert, like { use: echo, wet: 0.2 }"))
    return undefined
  }
  const written: Readonly<Record<string, unknown>> = bare ? { use: raw } : Object.fromEntries(Object.entries(raw))
  if (written["use"] === undefined) {
    refused(pluginRefusal(undefined, plugins), "use")
    return undefined
  }
  const plugin = plugins.find((candidate) => candidate.id === written["use"])
  if (plugin === undefined) {
    refused(pluginRefusal(written["use"], plugins), bare ? undefined : "use")
    return undefined
  }
  const params: [string, ParamValue][] = Object.entries(plugin.params).map(([name, spec]) => [name, spec.default])
  for (const [name, value] of Object.entries(written)) {
    if (name === "use") continue
    const spec = Object.hasOwn(plugin.params, name) ? plugin.params[name] : undefined
    if (spec === undefined) {
      refused(parameterRefusal(name, plugin), name, "key")
      continue
    }
    const reading = parseParameter(spec, value)
    if (reading.ok) params.push([name, reading.value])
    else refused(reading, name)
  }
  return { use: plugin.id, params: Object.fromEntries(params) }
}

/** Schema of an insert, every parameter filled in. Reports all that is wrong with it at once. */
export const insertSchema = (plugins: readonly PluginManifest[]): Schema.declareConstructor<PluginUse, InsertInput, readonly []> =>
  Schema.declareConstructor<PluginUse, InsertInput>()([], () => (raw, ast) => {
    const issues: SchemaIssue.Issue[] = []
    const use = readInsert(raw, plugins, (refusal, key, about) => {
      const issue = refusalIssue(refusal, about)
      issues.push(key === undefined ? issue : new SchemaIssue.Pointer([key], issue))
    })
    const [first, ...rest] = issues
    if (first !== undefined) return Effect.fail(new SchemaIssue.Composite(ast, [first, ...rest]))
    return use === undefined ? Effect.fail(refusalIssue(pluginRefusal(undefined, plugins))) : Effect.succeed(use)
  })
