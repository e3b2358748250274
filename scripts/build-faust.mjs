/**
 * Compiles every src/plugins/ID/NAME.dsp to dist/plugins/ID/NAME.mono.wasm, NAME.stereo.wasm and NAME.json, where NAME.json
 * says where inputs, outputs and parameters are (FaustLayout in src/runtime/graph/faust.ts). A .dsp file defines `mono`
 * (one channel) and `stereo` (two). What is up to date is left alone.
 *
 *   node scripts/build-faust.mjs
 */
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync, existsSync } from "node:fs"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const faust = join(root, "node_modules", "@grame", "faustwasm")
const variants = ["mono", "stereo"]
/** -ftz 2: numbers too small for the processor's fast path become 0. */
const flags = "-I libraries/ -double -ftz 2"

/**
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<number>} how many files were compiled
 */
export const buildFaust = async ({ log = () => {} } = {}) => {
  const stale = sources().filter((source) => !isUpToDate(source))
  if (stale.length === 0) return 0
  const compiler = await loadCompiler()
  for (const source of stale) {
    const startMs = performance.now()
    await compile(compiler, source)
    log(`faust: ${relative(root, source.path)} ${Math.round(performance.now() - startMs)} ms`)
  }
  return stale.length
}

const sources = () => {
  const plugins = join(root, "src", "plugins")
  const version = JSON.parse(readFileSync(join(faust, "package.json"), "utf8")).version
  return readdirSync(plugins, { recursive: true })
    .filter((file) => file.endsWith(".dsp"))
    .map((file) => {
      const path = join(plugins, file)
      const code = readFileSync(path, "utf8")
      const made = [code, flags, version, readFileSync(fileURLToPath(import.meta.url), "utf8")].join("\0")
      return {
        path,
        code,
        name: basename(file, ".dsp"),
        outDir: join(root, "dist", "plugins", dirname(file)),
        hash: createHash("sha256").update(made).digest("hex"),
      }
    })
}

const isUpToDate = ({ name, outDir, hash }) => {
  try {
    const { source } = JSON.parse(readFileSync(join(outDir, `${name}.json`), "utf8"))
    return source === hash && variants.every((variant) => existsSync(join(outDir, `${name}.${variant}.wasm`)))
  } catch {
    return false
  }
}

const loadCompiler = async () => {
  const { instantiateFaustModuleFromFile, LibFaust, FaustCompiler } = await import("@grame/faustwasm/dist/esm/index.js")
  return new FaustCompiler(new LibFaust(await instantiateFaustModuleFromFile(join(faust, "libfaust-wasm", "libfaust-wasm.js"))))
}

const compile = async (compiler, { path, code, name, outDir, hash }) => {
  mkdirSync(outDir, { recursive: true })
  const layouts = {}
  for (const [index, variant] of variants.entries()) {
    const factory = await compiler.createMonoDSPFactory(name, code, `${flags} -pn ${variant}`)
    if (factory === null) throw new Error(`${relative(root, path)}, ${variant}: ${compiler.getErrorMessage().trim()}`)
    const layout = layoutOf(JSON.parse(factory.json))
    if (layout.inputCount !== index + 1 || layout.outputCount !== index + 1)
      throw new Error(`${relative(root, path)}: ${variant} has ${layout.inputCount} inputs and ${layout.outputCount} outputs`)
    layouts[variant] = layout
    writeWhole(join(outDir, `${name}.${variant}.wasm`), factory.code)
  }
  writeWhole(join(outDir, `${name}.json`), JSON.stringify({ source: hash, ...layouts }, null, 2) + "\n")
}

/** From Faust's description of a program, a tree of its controls among much else. */
const layoutOf = ({ size, inputs, outputs, ui }) => {
  const params = {}
  const collect = (items) => {
    for (const item of items) {
      if (item.items !== undefined) collect(item.items)
      else if (item.index !== undefined && !item.type.endsWith("bargraph")) params[item.label] = item.index
    }
  }
  collect(ui)
  return { inputCount: inputs, outputCount: outputs, stateBytes: size, params }
}

/** Others may read it at the same moment: they find the old file or the new one, never half. */
const writeWhole = (path, bytes) => {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, bytes)
  renameSync(draft, path)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildFaust({ log: (line) => console.log(line) })
