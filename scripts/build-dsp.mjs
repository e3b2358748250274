// Compiles the AssemblyScript kernels: src/runtime/dsp/assembly/*.ts to dist/runtime/dsp/dsp.wasm.
// Run it, or import buildDsp. The compiler is loaded only when there is something to do.
import { randomUUID } from "node:crypto"
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const self = fileURLToPath(import.meta.url)
const root = join(dirname(self), "..")
const sources = join("src", "runtime", "dsp", "assembly")
const target = join("dist", "runtime", "dsp", "dsp.wasm")

const options = [
  "-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--sharedMemory", "--initialMemory", "16",
  "--maximumMemory", "16384", "--enable", "simd", "--enable", "threads",
]

const timeOf = async (path) => (await stat(path).catch(() => undefined))?.mtimeMs

/** True when dsp.wasm is newer than every source and than this file. */
export const isDspFresh = async () => {
  const built = await timeOf(join(root, target))
  if (built === undefined) return false
  const names = await readdir(join(root, sources))
  const times = await Promise.all([self, ...names.map((name) => join(root, sources, name))].map(timeOf))
  return times.every((time) => time !== undefined && time <= built)
}

/**
 * Builds dsp.wasm when it is missing or stale, or when forced. Safe when several processes do it at the same time: each writes a file of its
 * own and renames it.
 * Returns  whether it had to build
 * Fails    with the compiler's messages
 */
export const buildDsp = async ({ force = false } = {}) => {
  if (!force && (await isDspFresh())) return false
  const { default: asc } = await import("assemblyscript/asc")
  await mkdir(join(root, dirname(target)), { recursive: true })
  const fresh = `${target}.${randomUUID()}`
  const { error, stderr } = await asc.main([join(sources, "index.ts").replaceAll("\\", "/"), "--baseDir", root, "-o", fresh, ...options])
  if (error !== null) {
    await rm(join(root, fresh), { force: true })
    throw new Error(`the DSP kernels do not compile: ${error.message}\n${stderr.toString().slice(0, 4000)}`)
  }
  await rename(join(root, fresh), join(root, target))
  return true
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const startedMs = performance.now()
  const built = await buildDsp()
  console.log(built ? `${target} built in ${Math.round(performance.now() - startedMs)} ms` : `${target} is up to date`)
}
