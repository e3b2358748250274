/**
 * Builds what is out of date: the program (tsc), the DSP kernels (AssemblyScript), the effects (Faust) and the demo's sounds.
 * Run it, or import `build`. Imports nothing but Node until there is something to build.
 */
import { chmodSync, existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { isFresh, listFiles, readStamp, stampOf, writeStamp } from "./fresh.mjs"
import { ensureInstalled, isInstalled, nodeFault, root, run, runTool, say, withLock } from "./setup.mjs"

const stampPath = join(root, "dist/.built.json")
const assembly = "src/runtime/dsp/assembly"

/** What tsc made of a source that is no more. */
const removeOrphans = (before, now) => {
  const kept = new Set(now)
  for (const path of before ?? []) {
    if (kept.has(path) || !path.startsWith("src/") || !path.endsWith(".ts")) continue
    const stem = join(root, "dist", path.slice(4, -3))
    for (const ending of [".js", ".js.map", ".d.ts"]) rmSync(stem + ending, { force: true })
  }
}

const failing = async (what, result) => {
  const { code, text } = await result
  if (code !== 0) throw new Error(`${what} failed:\n${text.trimEnd()}`)
}

/** The visible list of all that is built. `keep` narrows the inputs; `make` gets the files and the last stamp. */
export const steps = [
  {
    name: "program",
    inputs: ["src", "tsconfig.json", "package-lock.json"],
    keep: (path) => !path.startsWith(`${assembly}/`) && /\.(ts|json)$/.test(path),
    outputs: ["dist/cli/main.js", "dist/index.js"],
    make: async (files, before) => {
      removeOrphans(before?.files, files.map(({ path }) => path))
      // Where outputs are gone, tsc's own notes would have it believe that they are there.
      if (!existsSync(join(root, "dist/cli/main.js")) || !existsSync(join(root, "dist/index.js"))) rmSync(join(root, "dist/.tsbuildinfo"), { force: true })
      await failing("tsc", runTool("typescript/bin/tsc", ["-p", "tsconfig.json"], { quiet: true }))
      chmodSync(join(root, "dist/cli/main.js"), 0o755)
    },
  },
  {
    name: "sounds",
    inputs: ["scripts/sounds"],
    outputs: ["backing", "ann", "ben", "cleo"].map((name) => `examples/sounds/${name}.wav`),
    make: () => failing("making the sounds", run(process.execPath, [join(root, "scripts/sounds/make.mjs")], { quiet: true })),
  },
  {
    name: "dsp",
    inputs: [assembly, "scripts/build-dsp.mjs", "package-lock.json"],
    outputs: ["dist/runtime/dsp/dsp.wasm"],
    make: async () => void (await (await import("./build-dsp.mjs")).buildDsp()),
  },
  {
    name: "faust",
    inputs: ["src/plugins", "scripts/build-faust.mjs", "package-lock.json"],
    keep: (path) => !path.startsWith("src/") || path.endsWith(".dsp"),
    outputs: listFiles(root, ["src/plugins"], (path) => path.endsWith(".dsp")).flatMap(({ path }) =>
      [".mono.wasm", ".stereo.wasm", ".json"].map((ending) => `dist/${path.slice(4, -4)}${ending}`),
    ),
    make: async () => void (await (await import("./build-faust.mjs")).buildFaust()),
  },
]

const stale = () => {
  const stamps = readStamp(stampPath) ?? {}
  return steps.filter((step) => !isFresh(root, step, stamps[step.name]))
}

export const isBuilt = () => stale().length === 0

/**
 * Builds what is stale, side by side.
 * Returns  whether there was anything to do
 * Fails    with the messages of every step that failed
 */
export const build = async () => {
  const todo = stale()
  if (todo.length === 0) return false
  say(`building (${todo.map(({ name }) => name).join(", ")})…`)
  const stamps = readStamp(stampPath) ?? {}
  const results = await Promise.allSettled(
    todo.map(async (step) => {
      // Looked at before it is built: what changes meanwhile is built next time.
      const files = listFiles(root, step.inputs, step.keep)
      await step.make(files, stamps[step.name])
      stamps[step.name] = stampOf(files)
    }),
  )
  writeStamp(stampPath, stamps)
  const faults = results.filter(({ status }) => status === "rejected").map(({ reason }) => (reason instanceof Error ? reason.message : String(reason)))
  if (faults.length > 0) throw new Error(faults.join("\n\n"))
  return true
}

/** Installs and builds, whatever of it is needed. The check takes some ten milliseconds. */
export const prepare = async () => {
  const fault = nodeFault()
  if (fault !== undefined) throw new Error(fault)
  if (isInstalled() && isBuilt()) return
  await withLock(async () => {
    await ensureInstalled()
    await build()
  })
}

/** npm run build: only builds. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (!existsSync(join(root, "node_modules"))) throw new Error("the packages are missing: run `npm ci` first, or `npm start`, which does everything")
    await withLock(build)
  } catch (error) {
    say(error.message)
    process.exitCode = 1
  }
}
