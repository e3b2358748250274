/** Which file imports what, and whether the house's rules allow it. */
import { posix } from "node:path"
import { blank, type SourceFile } from "./source-text.ts"

export interface Import {
  /** As written: "../units.ts", "node:fs", "effect/Schema". */
  readonly target: string
  /** `import type` and `export type`: gone when the program runs. */
  readonly typeOnly: boolean
}

const statement = /(?:^|\n)[ \t]*(?:import|export)\s+(type\s+(?!from\b))?(?:[\w*{}\s,$]+?\s+from\s+)?(["'])([^"'\n]+)\2/g
const call = /\b(?:import|require)\(\s*(["'])([^"'\n]+)\1/g

export const importsOf = (text: string): readonly Import[] => {
  const code = blank(text, true)
  const blanked = blank(text)
  // A match whose first word was inside a string is none: there, the blanked text has no letters.
  const isCode = (match: RegExpMatchArray): boolean => /\b(?:import|export|require)\b/.test(blanked.slice(match.index ?? 0, (match.index ?? 0) + match[0].length))
  return [
    ...[...code.matchAll(statement)].filter(isCode).map((match) => ({ target: match[3] ?? "", typeOnly: match[1] !== undefined })),
    ...[...code.matchAll(call)].filter(isCode).map((match) => ({ target: match[2] ?? "", typeOnly: false })),
  ]
}

/** The file that a relative import means. */
const resolve = (from: string, target: string): string => posix.join(posix.dirname(from), target)
const isRelative = (target: string): boolean => target.startsWith(".")
/** "effect/Schema" → "effect", "@a/b/c" → "@a/b". */
const packageOf = (target: string): string => target.split("/").slice(0, target.startsWith("@") ? 2 : 1).join("/")

/** What an area may import besides itself. `types` adds what it may import as types only. Longest path wins. */
interface AreaRule {
  readonly area: string
  readonly may: readonly string[]
  readonly types?: readonly string[]
}
const basics = ["src/runtime/units.ts", "src/runtime/errors.ts", "src/runtime/timing.ts"]
const contract = ["src/runtime/graph/plugin.ts", "src/runtime/graph/faust.ts"]

export const areaRules: readonly AreaRule[] = [
  { area: "src/runtime/units.ts", may: [] },
  { area: "src/runtime/errors.ts", may: [] },
  { area: "src/runtime/timing.ts", may: [] },
  { area: "src/runtime/report.ts", may: [], types: basics },
  { area: "src/runtime/ring", may: basics },
  { area: "src/runtime/rtp", may: basics },
  { area: "src/runtime/dsp", may: basics },
  // The names of flags and statistics come from ring.
  { area: "src/runtime/jitter", may: [...basics, "src/runtime/rtp", "src/runtime/dsp", "src/runtime/ring"] },
  { area: "src/runtime/trace", may: [...basics, "src/runtime/dsp", "src/runtime/ring", "src/runtime/jitter"] },
  { area: "src/runtime/arena", may: [...basics, "src/runtime/ring", "src/runtime/dsp"], types: ["src/runtime"] },
  {
    area: "src/runtime/graph",
    // A path to a live value is written, and corrected, as in the preset: its two pure readers.
    may: [...basics, "src/runtime/ring", "src/runtime/dsp", "src/runtime/preset/path.ts", "src/runtime/preset/nearest.ts"],
    types: ["src/runtime"],
  },
  // What a jitter buffer's policies may do bounds what may be written.
  { area: "src/runtime/preset", may: [...basics, "src/runtime/graph/plugin.ts", "src/runtime/jitter/delay-target.ts"] },
  {
    area: "src/runtime/io",
    may: [...basics, "src/runtime/dsp", "src/runtime/rtp", "src/runtime/ring", "src/runtime/arena"],
    types: ["src/runtime/graph/plugin.ts", "src/runtime/preset/preset.ts", "src/runtime/report.ts"],
  },
  { area: "src/runtime/host", may: [...basics, "src/runtime/ring", "src/runtime/arena", "src/runtime/io"], types: ["src/runtime"] },
  // A plugin: the contract, the units, the kernels. Never another plugin.
  { area: "src/plugins/*", may: [...basics, ...contract, "src/runtime/dsp"] },
  { area: "src/plugins/registry.ts", may: [...basics, "src/runtime/graph/plugin.ts", "src/plugins/*"] },
  { area: "src/actors", may: ["src/runtime", "src/plugins/registry.ts"] },
  { area: "src/cli", may: ["src/runtime", "src/plugins/registry.ts", "src/actors", "src/index.ts"] },
  { area: "src/index.ts", may: ["src/runtime", "src/plugins/registry.ts", "src/actors"] },
]

/** Where each package may be used. One that is not here may be used nowhere. */
export const packagePlaces: Readonly<Record<string, readonly string[]>> = {
  xstate: ["src/actors"],
  effect: ["src/cli", "src/runtime/preset", "src/runtime/io", "src/actors/party"],
  "@effect/platform-node-shared": ["src/cli", "src/runtime/io"],
  rxjs: ["src/actors/party", "src/cli", "src/index.ts"],
  comlink: ["src/actors", "src/cli", "src/runtime/host"],
  piscina: ["src/runtime/io"],
  naudiodon: ["src/runtime/io"],
  "audio-decode": ["src/runtime/io"],
  yaml: ["src/runtime/preset"],
}
/** These may be used by one file only. */
const singlePlace = ["naudiodon"]

/** Node's modules that reach outside, and who may have them. Everything else of Node is free, outside browser folders. */
export const nodePlaces: Readonly<Record<string, readonly string[]>> = {
  "node:dgram": ["src/runtime/io"],
  "node:net": ["src/runtime/io"],
  "node:tls": ["src/runtime/io"],
  "node:http": ["src/runtime/io"],
  "node:https": ["src/runtime/io"],
  "node:child_process": ["src/runtime/io", "src/cli"],
  "node:fs": ["src/runtime/io", "src/cli"],
  "node:fs/promises": ["src/runtime/io", "src/cli"],
}

/** These also run in a browser. */
export const browserFolders = ["src/runtime/rtp", "src/runtime/jitter", "src/runtime/dsp", "src/runtime/ring", "src/runtime/trace"]
/** What a hot loop never reaches. */
export const coldPackages = ["xstate", "effect", "@effect/platform-node-shared", "rxjs", "comlink", "piscina"]

const within = (path: string, place: string): boolean => {
  if (place.endsWith("/*")) return path.startsWith(place.slice(0, -1)) && path.slice(place.length - 1).includes("/")
  return path === place || path.startsWith(`${place}/`)
}

/** The longest rule that fits; of a plugin, its own folder stands for the star. */
const ruleFor = (path: string): AreaRule | undefined => {
  const rule = areaRules.filter(({ area }) => within(path, area)).toSorted((a, b) => b.area.length - a.area.length)[0]
  return rule?.area === "src/plugins/*" ? { ...rule, area: path.split("/").slice(0, 3).join("/") } : rule
}

/** Every import that a rule forbids, as "file → import: why". */
export const violationsOf = (files: readonly SourceFile[]): readonly string[] => {
  const found: string[] = []
  const imports = new Map(files.map((file) => [file.path, importsOf(file.text)]))
  const users = new Map<string, Set<string>>()
  for (const [path, list] of imports) {
    const rule = ruleFor(path)
    const forbid = (target: string, why: string): number => found.push(`${path} → ${target}: ${why}`)
    if (rule === undefined) found.push(`${path}: belongs to no area`)
    for (const { target, typeOnly } of list) {
      if (isRelative(target)) {
        const goal = resolve(path, target)
        const may = typeOnly ? [...(rule?.may ?? []), ...(rule?.types ?? [])] : (rule?.may ?? [])
        if (rule !== undefined && !within(goal, rule.area) && !may.some((place) => within(goal, place))) {
          forbid(target, `${rule.area} may not import ${goal}${typeOnly ? " even as a type" : ""}`)
        }
      } else if (target.startsWith("node:")) {
        if (browserFolders.some((folder) => within(path, folder))) forbid(target, "this also runs in a browser")
        const places = nodePlaces[target]
        if (!typeOnly && places !== undefined && !places.some((place) => within(path, place))) forbid(target, `only ${places.join(", ")}`)
      } else {
        const name = packageOf(target)
        const places = packagePlaces[name] ?? []
        if (!places.some((place) => within(path, place))) forbid(target, places.length === 0 ? "has no place in the house" : `only ${places.join(", ")}`)
        if (singlePlace.includes(name)) users.set(name, (users.get(name) ?? new Set()).add(path))
      }
    }
  }
  for (const [name, paths] of users) if (paths.size > 1) found.push(`${[...paths].join(", ")} → ${name}: only one file may`)
  return [...found, ...reachedByHotLoops(imports), ...reachedByBrowsers(imports)]
}

/** Follows the imports that are there when the program runs; calls `see` with every package or node: import on the way. */
const follow = (imports: ReadonlyMap<string, readonly Import[]>, start: string, see: (target: string, from: string) => void): void => {
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { target, typeOnly } of imports.get(path) ?? []) {
      if (typeOnly) continue
      if (isRelative(target)) visit(resolve(path, target))
      else see(target, path)
    }
  }
  visit(start)
}

const reachedByHotLoops = (imports: ReadonlyMap<string, readonly Import[]>): readonly string[] => {
  const found: string[] = []
  for (const start of imports.keys()) {
    if (!start.endsWith(".rt.ts")) continue
    follow(imports, start, (target, from) => {
      if (coldPackages.includes(packageOf(target))) found.push(`${start} → ${target}: a hot loop reaches it${from === start ? "" : ` by ${from}`}`)
    })
  }
  return found
}

const reachedByBrowsers = (imports: ReadonlyMap<string, readonly Import[]>): readonly string[] => {
  const found: string[] = []
  for (const start of imports.keys()) {
    if (!browserFolders.some((folder) => within(start, folder))) continue
    follow(imports, start, (target, from) => {
      if (target.startsWith("node:") && from !== start) found.push(`${start} → ${target}: a browser file reaches it by ${from}`)
    })
  }
  return found
}
