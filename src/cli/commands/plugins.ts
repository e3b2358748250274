/** `plugins`: what may stand after `use:`, with its parameters. */
import { manifests } from "../../plugins/registry.ts"
import type { ParamSpec, PluginManifest } from "../../runtime/graph/plugin.ts"
import { parameterToText } from "../../runtime/preset/describe.ts"
import { jsonLine } from "../lines/json-lines.ts"
import { exitCodes, print } from "../output.ts"
import type { ExitCode } from "../output.ts"
import { left } from "../text.ts"

const rangeText = (spec: ParamSpec): string => {
  switch (spec.type) {
    case "number": return `${parameterToText(spec, spec.min)} … ${parameterToText(spec, spec.max)}`
    case "choice": return spec.choices.join(" | ")
    case "switch": return "true | false"
    case "text": return "text"
  }
}

const pluginText = (plugin: PluginManifest): string => {
  const params = Object.entries(plugin.params)
  const nameWidth = Math.max(0, ...params.map(([name]) => name.length))
  const rangeWidth = Math.max(0, ...params.map(([, spec]) => rangeText(spec).length))
  return [
    `${plugin.id} (${plugin.kind}): ${plugin.doc}`,
    ...params.map(([name, spec]) =>
      `  ${left(name, nameWidth)}  ${left(rangeText(spec), rangeWidth)}  ${spec.doc} Default ${parameterToText(spec, spec.default) || "none"}.`),
  ].join("\n")
}

export const plugins = async (given: { readonly json: boolean }): Promise<ExitCode> => {
  const all = await manifests()
  print(given.json ? jsonLine(all) : all.map(pluginText).join("\n\n"))
  return exitCodes.fine
}
