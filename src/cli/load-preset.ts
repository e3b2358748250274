/** A preset's file, read and decoded with all plugins there are. */
import { existsSync, readFileSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { manifests } from "../plugins/registry.ts"
import { PresetError } from "../runtime/errors.ts"
import type { PluginManifest } from "../runtime/graph/plugin.ts"
import { decodePreset, decodePresetObject } from "../runtime/preset/decode.ts"
import type { Preset } from "../runtime/preset/preset.ts"
import type { PresetInput } from "../runtime/preset/schema.ts"

export interface LoadedPreset {
  readonly preset: Preset
  readonly plugins: readonly PluginManifest[]
  /** The preset's own folder, where its relative paths start. */
  readonly baseDir: string
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file", EISDIR: "a folder", EACCES: "a file that may not be read", ENOTDIR: "a path through something that is no folder",
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ""
    throw new PresetError([{ file, path: "", expected: "a preset", found: reasons[code] ?? `a file that cannot be read (${code})`,
      ...(code === "ENOENT" && { hint: "The folder examples has some to start from." }) }])
  }
}

/** Fails  PresetError, with every fault */
export const loadPreset = async (file: string, sets: readonly string[]): Promise<LoadedPreset> => {
  const text = readText(file)
  const plugins = await manifests()
  const baseDir = dirname(resolve(file))
  return { preset: decodePreset(text, { file, sets, plugins, baseDir, fileExists: existsSync }), plugins, baseDir }
}

/** The preset of a command that has none in a file. Fails  PresetError */
export const presetOf = async (input: PresetInput): Promise<Preset> =>
  decodePresetObject(input, { plugins: await manifests(), baseDir: process.cwd(), fileExists: existsSync })

/** Runs `work`; names the places of its faults as the user wrote them: `network.send[0]` is `--to`. */
export const withPaths = async <A>(names: readonly (readonly [RegExp, string])[], work: () => Promise<A>): Promise<A> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PresetError)) throw error
    throw new PresetError(error.faults.map((fault) => ({ ...fault, path: names.find(([path]) => path.test(fault.path))?.[1] ?? fault.path })))
  }
}
