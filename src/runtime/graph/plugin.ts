/**
 * The plugin contract: what a module must export to be put into the mix graph, and what the host promises it.
 *
 * Life: `manifest` is read → `setup` (slow work, once) → `activate` (fixes rate, block and latency, allocates everything) →
 * `process` for every block → `deactivate`. A parameter change never re-activates. The host smooths parameters, checks every
 * output block (NaN, infinity, runaway level), measures time, and bypasses with a cross-fade what fails.
 *
 * Thread tags: [main] the control thread, may allocate and wait; [setup] the thread that will run the processor, before audio
 * flows; [audio] the hot loop: no allocation, no wait, no throw, no log, no clock; [tap] the tap thread, may do file work.
 */

/** What a number means, for the preset's units and for generated controls. */
export type ParamUnit = "dB" | "ms" | "s" | "Hz" | "ratio" | "percent" | "semitones" | "cents" | "bpm" | "none"

export interface NumberParam {
  readonly type: "number"
  readonly unit: ParamUnit
  /** Plain values in `unit`, both ends included. */
  readonly min: number
  readonly max: number
  readonly default: number
  /** How a fader should travel. Default linear. */
  readonly curve?: "linear" | "log"
  /** Time in which the host ramps a change, ms. Default 20. 0 is a step at the block's start. */
  readonly rampMs?: number
  readonly doc: string
}
export interface ChoiceParam {
  readonly type: "choice"
  readonly choices: readonly string[]
  readonly default: string
  readonly doc: string
}
export interface SwitchParam { readonly type: "switch"; readonly default: boolean; readonly doc: string }
/** A text is fixed at activation (a path, a name); it cannot be changed while audio runs. */
export interface TextParam { readonly type: "text"; readonly default: string; readonly doc: string }
export type ParamSpec = NumberParam | ChoiceParam | SwitchParam | TextParam
export type ParamSpecs = Readonly<Record<string, ParamSpec>>

/** A decoded value: numbers in the parameter's own unit. */
export type ParamValue = number | string | boolean
export type ParamValues = Readonly<Record<string, ParamValue>>

export interface PluginManifest<P extends ParamSpecs = ParamSpecs> {
  /** Kebab-case, unique: the word after `use:`. */
  readonly id: string
  readonly name: string
  readonly version: string
  readonly api: 1
  /** insert: audio in, audio out. tap: listens, changes nothing. */
  readonly kind: "insert" | "tap"
  readonly doc: string
  readonly params: P
  /** Seconds of audio that a tap's ring holds when its thread is away. Taps only. Default 2. */
  readonly ringSeconds?: number
}

/** [setup] What the host tells a processor before audio flows. */
export interface ActivateContext<S = unknown> {
  readonly sampleRate: number
  /** Every `process` gets exactly this many frames. */
  readonly blockFrames: number
  readonly channelCount: number
  readonly params: ParamValues
  /** What `setup` returned. */
  readonly shared: S
  /** Name of the strip, bus or "master" that it sits in. */
  readonly place: string
}

/**
 * [audio] One block. Buffers never move and never alias: `inputs` are read-only, every sample of `outputs` must be written.
 * The object and its arrays are made once and used for every call.
 */
export interface BlockIo {
  readonly frameCount: number
  readonly channelCount: number
  /** Float32Array[frameCount] a channel, planar, nominal -1..1. */
  readonly inputs: readonly Float32Array[]
  readonly outputs: readonly Float32Array[]
  /**
   * Number parameters (and choices as index, switches as 0 or 1), in the order of the manifest; a text stands as 0.
   * The value runs in a line from `from[i]` at the first frame to `to[i]` at the block's end. Steady: both are equal.
   */
  readonly from: Float64Array
  readonly to: Float64Array
  /** Party frame of the block's first frame. */
  position: number
}

export interface PluginProcessor {
  /** Frames by which the output lags the input; constant while active. */
  readonly latencyFrames: number
  /** Frames that ring out after the input ends; Infinity for an endless one. */
  readonly tailFrames: number
  /** [audio] */
  process(io: BlockIo): void
  /** [audio] Forgets all sound, keeps parameters. */
  reset(): void
  /** [setup] Portable state beyond the parameters. */
  save?(): unknown
  load?(state: unknown): void
  /** [setup] The last call. */
  deactivate?(): void
}

/** [setup] and [main] What slow preparation may use. */
export interface SetupContext {
  readonly sampleRate: number
  readonly params: ParamValues
  /** Bytes of a file beside the plugin's own module. */
  asset(name: string): Promise<Uint8Array>
}

/** [tap] The far end of a tap's ring, in a thread of its own. */
export interface TapSink {
  /**
   * One block of the tapped signal, in order. A gap in `position` means that audio is missing there.
   * channels   Float32Array[frameCount] each, planar; valid only during the call
   * position   party frame of the first frame
   */
  write(channels: readonly Float32Array[], frameCount: number, position: number): void
  /** About ten times a second; may flush. */
  tick(): void
  /** Everything is written out when it returns. */
  close(): void
  /** For the statistics. */
  status(): { readonly path: string; readonly state: "recording" | "stopped" | "failed"; readonly seconds: number }
}

/** Appends audio to a sound file; see runtime/io/wav-writer. */
export interface SoundFile {
  readonly path: string
  /** Frames from the file's start. */
  readonly frameCount: number
  /** Planar -1..1; returns false when the disk is full or the file is gone, after which the file is closed as it is. */
  append(channels: readonly Float32Array[], frameCount: number): boolean
  appendSilence(frameCount: number): boolean
  /** Makes what was appended readable by others now. */
  flush(): void
  close(): void
}

export interface TapContext {
  readonly sampleRate: number
  readonly channelCount: number
  readonly params: ParamValues
  /** Strip, bus or "master"; for a peer its name, once known. */
  readonly place: string
  readonly party: string
  /**
   * A number of this tap's own that outlives its thread: the file it was writing, so that a replaced thread goes on with it.
   * Empty at the party's start.
   */
  readonly resume: TapResume
  openSound(options: { readonly path: string; readonly bits: 16 | 24 | 32; readonly append?: boolean; readonly startedAtMs?: number }): SoundFile
  /** Makes a folder, returns a path in it that no file has yet: `folder/stem.ext`, `folder/stem (2).ext`. */
  freshPath(folder: string, stem: string, extension: string): string
  report(kind: "recording started" | "recording stopped" | "recording failed", text: string): void
  /** Wall clock, ms since 1970. */
  readonly startedAtMs: number
}

/** Small shared memory of a tap, kept across its thread's restarts. */
export interface TapResume {
  path: string
  /** Party frame of the file's first frame; -1 where no file has begun. */
  startPosition: number
}

export interface PluginModule<P extends ParamSpecs = ParamSpecs, S = unknown> {
  readonly manifest: PluginManifest<P>
  /** [setup] Slow work: files, tables, WASM. Once for each activation. */
  setup?(context: SetupContext): Promise<S>
  /** [setup] Allocates all that `process` will ever use. Inserts only. */
  activate?(context: ActivateContext<S>): PluginProcessor
  /** [tap] Opens the far end of the ring. Taps only. */
  openTap?(context: TapContext): TapSink
}

/** Types a plugin; returns it as it is. */
export const definePlugin = <const P extends ParamSpecs, S = undefined>(plugin: PluginModule<P, S>): PluginModule<P, S> => plugin
