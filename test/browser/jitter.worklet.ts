/** The jitter buffer in an AudioWorklet: each process() is a pull of a trace's virtual clock. */
import type { JitterDelay } from "../../src/runtime/jitter/jitter-buffer.ts"
import { createTraceDriver, type DrivenTrace, type Figures } from "./trace-driver.ts"

export interface WorkletOptions {
  readonly module: WebAssembly.Module
  readonly trace: DrivenTrace
  readonly policy: JitterDelay
  /** [0]: the time, ms, if someone keeps it; a worklet has no fine clock of its own. */
  readonly clock?: Float64Array
}

/** Posted when the trace is over. */
export interface WorkletResult {
  readonly figures: Figures
  readonly processCalls: number
  /** What each process() took by the clock that was given, ms; empty without one. */
  readonly tookMs: Float64Array
  /** Longest process() by Date.now(), which counts whole ms. */
  readonly longestMs: number
}

// What an AudioWorklet's global scope has; the types of the browser leave it out.
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new (options: { readonly processorOptions: WorkletOptions }) => AudioWorkletProcessor): void

registerProcessor("jitter-trace", class extends AudioWorkletProcessor {
  readonly #driver
  readonly #pullCount: number
  readonly #clock: Float64Array | undefined
  readonly #tookMs: Float64Array
  #calls = 0
  #longestMs = 0

  constructor({ processorOptions: { module, trace, policy, clock } }: { readonly processorOptions: WorkletOptions }) {
    super()
    this.#driver = createTraceDriver(module, trace, policy)
    this.#pullCount = trace.pullCount
    this.#clock = clock
    this.#tookMs = new Float64Array(clock === undefined ? 0 : trace.pullCount)
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    const [left, right] = outputs[0] ?? []
    if (left === undefined || this.#calls >= this.#pullCount) return false
    const clock = this.#clock
    const began = Date.now()
    const beganMs = clock === undefined ? 0 : (clock[0] as number)
    this.#driver.pull(left, right)
    if (clock !== undefined) this.#tookMs[this.#calls] = (clock[0] as number) - beganMs
    this.#longestMs = Math.max(this.#longestMs, Date.now() - began)
    if (++this.#calls < this.#pullCount) return true
    const result: WorkletResult = { figures: this.#driver.figures(), processCalls: this.#calls, tookMs: this.#tookMs, longestMs: this.#longestMs }
    this.port.postMessage(result)
    return false
  }
})
