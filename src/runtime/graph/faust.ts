/**
 * Runs effects written in Faust. The compiler has done its work when the project was built (scripts/build-faust.mjs): beside
 * the plugin's module lie `NAME.mono.wasm`, `NAME.stereo.wasm` and `NAME.json` with where things are in their memory.
 *
 * The programs compute in double precision: their maths (exp, pow, ...) then is the engine's own, called without a boxed
 * number, so that a block allocates nothing; in single precision it would be some 200 bytes a block (measured), for the same time.
 */
import { PluginError } from "../errors.ts"
import type { ActivateContext, ParamSpecs, PluginProcessor, SetupContext } from "./plugin.ts"

const variants = ["mono", "stereo"] as const

/** Where one compiled program keeps things; bytes from the start of its memory. */
interface FaustLayout {
  readonly inputCount: number
  readonly outputCount: number
  /** All state, parameters included; free memory begins here. */
  readonly stateBytes: number
  /** Parameter's name to the place of its float64. */
  readonly params: Readonly<Record<string, number>>
}

/** One variant of an effect, ready to be instantiated. */
interface FaustProgram {
  readonly name: string
  readonly module: WebAssembly.Module
  readonly layout: FaustLayout
}

/** [0] for mono, [1] for stereo. */
export type FaustEffect = readonly FaustProgram[]

interface FaustExports {
  readonly memory: WebAssembly.Memory
  readonly init: (dsp: number, sampleRate: number) => void
  readonly instanceClear: (dsp: number) => void
  readonly compute: (dsp: number, frameCount: number, inputTable: number, outputTable: number) => void
}

/** What the programs may import; the names are Faust's. */
const maths: Readonly<Record<string, (...values: number[]) => number>> = {
  _abs: Math.abs, _acos: Math.acos, _asin: Math.asin, _atan: Math.atan, _atan2: Math.atan2, _ceil: Math.ceil, _cos: Math.cos,
  _exp: Math.exp, _floor: Math.floor, _log: Math.log, _log10: Math.log10, _max_: Math.max, _min_: Math.min, _pow: Math.pow,
  _round: Math.round, _sin: Math.sin, _sqrt: Math.sqrt, _tan: Math.tan, _acosh: Math.acosh, _asinh: Math.asinh,
  _atanh: Math.atanh, _cosh: Math.cosh, _sinh: Math.sinh, _tanh: Math.tanh,
  _fmod: (x = 0, y = 0) => x % y,
  _remainder: (x = 0, y = 0) => x - Math.round(x / y) * y,
  _copysign: (x = 0, y = 0) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
  _isnan: (x = 0) => (Number.isNaN(x) ? 1 : 0),
  _isinf: (x = 0) => (Math.abs(x) === Infinity ? 1 : 0),
}

/**
 * Reads an effect's compiled programs.
 *
 * Thread: setup
 * name     of the `.dsp` file, without its ending
 * Returns  mono and stereo
 * Fails    as `asset` does when the project was not built
 */
export const loadFaust = async (context: SetupContext, name: string): Promise<FaustEffect> => {
  const layouts = JSON.parse(new TextDecoder().decode(await context.asset(`${name}.json`))) as Record<string, FaustLayout>
  return Promise.all(
    variants.map(async (variant) => ({
      name: `${name}.${variant}`,
      module: await WebAssembly.compile(Uint8Array.from(await context.asset(`${name}.${variant}.wasm`))),
      layout: layouts[variant]!,
    })),
  )
}

/**
 * Makes a processor of an effect. Parameters of the manifest go to the Faust controls of the same name; controls take the
 * value at the block's end, as Faust reads them once a block.
 *
 * Thread: setup; the processor: audio      Realtime: the processor allocates nothing
 * Fails    PluginError when a parameter has no control in the program, or for more than two channels
 */
export const createFaustProcessor = (
  context: ActivateContext<FaustEffect>,
  options: { readonly params: ParamSpecs; readonly latencyFrames: number; readonly tailFrames: number },
): PluginProcessor => {
  const { channelCount, blockFrames, sampleRate, shared } = context
  const program = shared[channelCount - 1]
  if (program === undefined) throw new PluginError("faust", `Faust effects have one or two channels, not ${channelCount}`)
  const { layout } = program
  const { memory, init, instanceClear, compute } = instantiate(program)

  // After the state: a table of pointers for inputs and one for outputs, then the blocks themselves.
  const inputTable = align(layout.stateBytes)
  const outputTable = inputTable + 4 * layout.inputCount
  const blocksAt = align(outputTable + 4 * layout.outputCount)
  const blockBytes = 8 * blockFrames
  const endBytes = blocksAt + blockBytes * (layout.inputCount + layout.outputCount)
  if (endBytes > memory.buffer.byteLength) memory.grow(Math.ceil((endBytes - memory.buffer.byteLength) / 65536))

  const blocks = Array.from({ length: layout.inputCount + layout.outputCount }, (_, index) =>
    new Float64Array(memory.buffer, blocksAt + blockBytes * index, blockFrames))
  const ins = blocks.slice(0, layout.inputCount)
  const outs = blocks.slice(layout.inputCount)
  const pointers = new Int32Array(memory.buffer, inputTable, blocks.length)
  blocks.forEach((block, index) => { pointers[index] = block.byteOffset })

  init(0, sampleRate)
  const state = new Float64Array(memory.buffer)
  const { indexes, slots } = placesOfParams(program, options.params)
  const slotCount = slots.length

  return {
    latencyFrames: options.latencyFrames,
    tailFrames: options.tailFrames,
    process(io) {
      for (let i = 0; i < slotCount; i++) state[slots[i]!] = io.to[indexes[i]!]!
      for (let channel = 0; channel < channelCount; channel++) ins[channel]!.set(io.inputs[channel]!)
      compute(0, blockFrames, inputTable, outputTable)
      for (let channel = 0; channel < channelCount; channel++) io.outputs[channel]!.set(outs[channel]!)
    },
    reset() {
      instanceClear(0)
    },
  }
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16

const instantiate = (program: FaustProgram): FaustExports => {
  const env: Record<string, (...values: number[]) => number> = {}
  for (const { name } of WebAssembly.Module.imports(program.module)) {
    const work = maths[name]
    if (work === undefined) throw new PluginError(program.name, `${program.name} wants ${name}, which Faust programs are not given`)
    env[name] = work
  }
  return new WebAssembly.Instance(program.module, { env }).exports as unknown as FaustExports
}

/** indexes: places in the manifest; slots: places in the memory as float64s. A text has none. */
const placesOfParams = (program: FaustProgram, params: ParamSpecs): { indexes: Int32Array; slots: Int32Array } => {
  const indexes: number[] = []
  const slots: number[] = []
  Object.entries(params).forEach(([name, spec], index) => {
    if (spec.type === "text") return
    const offset = program.layout.params[name]
    if (offset === undefined) {
      const known = Object.keys(program.layout.params).join(", ")
      throw new PluginError(program.name, `${program.name} has no control "${name}"; it has: ${known}`)
    }
    indexes.push(index)
    slots.push(offset / 8)
  })
  return { indexes: Int32Array.from(indexes), slots: Int32Array.from(slots) }
}
