/**
 * Where the kernels and their memory come from: reads dsp.wasm, which the build put into dist, and makes the arena.
 *
 * Thread: control      Realtime: no
 */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"
import { ResourceError } from "../errors.ts"
import { ARENA_BASE_BYTES, MAX_PAGES, MIN_PAGES, PAGE_BYTES } from "../dsp/dsp.ts"

const BUILT = "dist/runtime/dsp/dsp.wasm"

/** The built file in the nearest folder above that has it: the package's root, whether this runs from src, dist or a bench. */
const findBuilt = (): URL => {
  const beside = new URL("../../../", import.meta.url)
  for (let folder = beside; folder.pathname !== "/"; folder = new URL("../", folder)) {
    const built = new URL(BUILT, folder)
    if (existsSync(built)) return built
  }
  return new URL(BUILT, beside)
}

/**
 * Lets the way from JavaScript into each kernel be compiled when a module is instantiated, in every thread of this process. Left alone,
 * V8 compiles it at a kernel's thousandth call, in the middle of a block: 0.3 to 0.5 ms (measured: bench:cost, where concealment's
 * worst block was 1 ms for it; an instance takes 2.5 ms for it instead).
 */
const WAYS_AT_ONCE = "--no-wasm-generic-wrapper"

/**
 * Compiles dsp.wasm. The module may be posted to workers, each of which instantiates it over the arena.
 * Fails    ResourceError when it is not built
 */
export const loadDspModule = async (): Promise<WebAssembly.Module> => {
  setFlagsFromString(WAYS_AT_ONCE)
  const built = findBuilt()
  const bytes = await readFile(built).catch((cause: unknown) => {
    throw new ResourceError(`cannot read the DSP kernels, ${fileURLToPath(built)}`, "run: npm run build", { cause })
  })
  return WebAssembly.compile(bytes)
}

/**
 * One shared memory of at least `bytes`, the module's own first ARENA_BASE_BYTES included. It never grows.
 * Fails    ResourceError beyond 1 GiB, or when the machine has no such memory
 */
export const createArenaMemory = (bytes: number): WebAssembly.Memory => {
  const pages = Math.max(MIN_PAGES, Math.ceil(Math.max(bytes, ARENA_BASE_BYTES) / PAGE_BYTES))
  const hint = "lower network.peers or the number of sources and plugins"
  if (pages > MAX_PAGES) throw new ResourceError(`the party needs ${Math.ceil(bytes / 2 ** 20)} MiB of audio memory, 1024 at most`, hint)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  } catch (cause) {
    throw new ResourceError(`no ${pages / 16} MiB of shared memory to be had`, hint, { cause })
  }
}
