/** What the page does: gives a worklet a trace, and plays it, ahead of time or live. */
import type { Page } from "playwright-core"
import type { JitterDelay } from "../../src/runtime/jitter/jitter-buffer.ts"
import type { WorkletOptions, WorkletResult } from "./jitter.worklet.ts"
import type { DrivenTrace, Figures } from "./trace-driver.ts"

export interface PlayedTrace {
  readonly figures: Figures
  readonly processCalls: number
  /** What each process() took, ms; empty where it was not measured. */
  readonly tookMs: readonly number[]
  readonly longestMs: number
  /** SHA-256 of what the context rendered, by channel; none of a live one. */
  readonly hashes: readonly string[]
  /** Of a live context: how long it played, by the page's clock, ms. */
  readonly elapsedMs: number
}

interface Wish {
  /** Where the trace's arrays are. */
  readonly path: string
  readonly shape: Omit<DrivenTrace, "arrivalsUs" | "timestamps" | "firstFrames" | "audio">
  readonly policy: JitterDelay
  readonly live: boolean
  readonly timed: boolean
}

/** The files of a trace that a page asks for. */
export const traceFiles = (path: string, { arrivalsUs, timestamps, firstFrames, audio }: DrivenTrace): [string, Uint8Array][] =>
  Object.entries({ arrivalsUs, timestamps, firstFrames, audio }).map(([name, array]) => [
    `${path}/${name}`, new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  ])

/** Runs in the page, so it knows nothing of this file. */
const playInPage = async ({ path, shape, policy, live, timed }: Wish): Promise<PlayedTrace> => {
  const load = async (url: string): Promise<ArrayBuffer> => (await fetch(url)).arrayBuffer()
  const [wasm, arrivals, timestamps, firstFrames, audio] = await Promise.all([
    load("/dsp.wasm"), load(`${path}/arrivalsUs`), load(`${path}/timestamps`), load(`${path}/firstFrames`), load(`${path}/audio`),
  ])
  const trace: DrivenTrace = {
    ...shape, arrivalsUs: new Float64Array(arrivals), timestamps: new Int32Array(timestamps), firstFrames: new Int32Array(firstFrames),
    audio: new Uint8Array(audio),
  }
  // A thread that does nothing but tell the time: the worklet has no fine clock.
  const clock = new Float64Array(new SharedArrayBuffer(8))
  const source = "onmessage = ({ data }) => { for (;;) data[0] = performance.now() }"
  const keeper = timed ? new Worker(URL.createObjectURL(new Blob([source]))) : undefined
  keeper?.postMessage(clock)
  while (keeper !== undefined && Atomics.load(new Int32Array(clock.buffer), 1) === 0) await new Promise((resolve) => void setTimeout(resolve, 1))

  const context = live ? new AudioContext({ sampleRate: 48_000 }) : new OfflineAudioContext(shape.channelCount, shape.pullCount * 128, 48_000)
  await context.audioWorklet.addModule("/jitter.worklet.js")
  const processorOptions: WorkletOptions = { module: await WebAssembly.compile(wasm), trace, policy, ...(timed && { clock }) }
  const node = new AudioWorkletNode(context, "jitter-trace", { numberOfInputs: 0, outputChannelCount: [shape.channelCount], processorOptions })
  const finished = new Promise<WorkletResult>((resolve, reject) => {
    node.port.onmessage = ({ data }: MessageEvent<WorkletResult>) => resolve(data)
    node.onprocessorerror = () => reject(new Error("the processor threw"))
  })
  node.connect(context.destination)
  const hashes: string[] = []
  const startedMs = performance.now()
  if (context instanceof OfflineAudioContext) {
    const rendered = await context.startRendering()
    for (let channel = 0; channel < shape.channelCount; channel++) {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", rendered.getChannelData(channel)))
      hashes.push(Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""))
    }
  } else await context.resume()
  const { figures, processCalls, tookMs, longestMs } = await finished
  const elapsedMs = performance.now() - startedMs
  keeper?.terminate()
  if (context instanceof AudioContext) await context.close()
  return { figures, processCalls, tookMs: [...tookMs], longestMs, hashes, elapsedMs }
}

/**
 * Plays a trace whose files the page's server has at `path`.
 * live    in real time, through a device or what stands for one; else as fast as it goes
 * timed   another thread of the page spins as a clock
 */
export const playTrace = (
  page: Page, path: string, trace: DrivenTrace, policy: JitterDelay, { live = false, timed = false } = {},
): Promise<PlayedTrace> => {
  const { channelCount, packetFrames, firstPullUs, pullCount } = trace
  return page.evaluate(playInPage, { path, shape: { channelCount, packetFrames, firstPullUs, pullCount }, policy, live, timed })
}
