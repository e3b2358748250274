/**
 * Echo: a delay line whose output is softened and fed back into it.
 *
 *   in ──┬──────────────────────────────── x (1 - wet) ──┐
 *        └─ + ─▶ delay line ─▶ tone ──┬─── x wet ─────── + ─▶ out
 *           └─────── x feedback ◀─────┘
 *
 * A new time is reached by a short cross-fade between two places of the line: no click, no change of pitch.
 */
import { definePlugin } from "../../runtime/graph/plugin.ts"
import { msToFrames } from "../../runtime/units.ts"

const maxTimeMs = 2000
const crossfadeMs = 20

// Places of the parameters in io.from and io.to: their order in the manifest.
const timeAt = 0
const feedbackAt = 1
const wetAt = 2
const toneAt = 3

/** An echo is over when it has fallen this far, as a factor (-100 dB). */
const inaudible = 1e-5

export default definePlugin({
  manifest: {
    id: "echo",
    name: "Echo",
    version: "1.0.0",
    api: 1,
    kind: "insert",
    doc: "Repeats the signal, softer and darker each time.",
    params: {
      time: { type: "number", unit: "ms", min: 1, max: maxTimeMs, default: 180, rampMs: 0, doc: "Time between two repeats." },
      feedback: { type: "number", unit: "ratio", min: 0, max: 0.95, default: 0.3, doc: "A repeat's level against the one before." },
      wet: { type: "number", unit: "ratio", min: 0, max: 1, default: 0.25, doc: "Share of echo in the output; 1 is echo alone." },
      tone: { type: "number", unit: "Hz", min: 200, max: 20000, default: 5000, curve: "log", doc: "Repeats lose what is above." },
    },
  },

  activate({ sampleRate, channelCount, params }) {
    const maxDelay = msToFrames(maxTimeMs, sampleRate)
    const crossfade = msToFrames(crossfadeMs, sampleRate)
    const mask = 2 ** Math.ceil(Math.log2(maxDelay + 1)) - 1
    const lines = Array.from({ length: channelCount }, () => new Float32Array(mask + 1))
    // State of the tone filter. A typed array, since a number in a closure is a new object at each change.
    const lows = new Float64Array(channelCount)

    let write = 0
    let delay = msToFrames(Number(params["time"]), sampleRate)
    let oldDelay = delay
    let fadeLeft = 0
    let feedbackNow = Number(params["feedback"])

    return {
      latencyFrames: 0,
      get tailFrames() {
        const repeats = feedbackNow > 0 ? Math.ceil(Math.log(inaudible) / Math.log(feedbackNow)) : 0
        return delay * (repeats + 1) + msToFrames(100, sampleRate)
      },

      process(io) {
        const frameCount = io.frameCount
        const wanted = Math.min(maxDelay, Math.max(1, Math.round((io.to[timeAt]! * sampleRate) / 1000)))
        if (fadeLeft === 0 && wanted !== delay) {
          oldDelay = delay
          delay = wanted
          fadeLeft = crossfade
        }
        if (io.to[feedbackAt] !== feedbackNow) feedbackNow = io.to[feedbackAt]!

        const feedbackStep = (io.to[feedbackAt]! - io.from[feedbackAt]!) / frameCount
        const wetStep = (io.to[wetAt]! - io.from[wetAt]!) / frameCount
        const softening = 1 - Math.exp((-2 * Math.PI * io.to[toneAt]!) / sampleRate)

        for (let channel = 0; channel < io.channelCount; channel++) {
          const input = io.inputs[channel]!
          const output = io.outputs[channel]!
          const line = lines[channel]!
          let low = lows[channel]!
          let feedback = io.from[feedbackAt]!
          let wet = io.from[wetAt]!
          let left = fadeLeft

          for (let i = 0; i < frameCount; i++) {
            const at = write + i
            let delayed = line[(at - delay) & mask]!
            if (left > 0) {
              delayed += (line[(at - oldDelay) & mask]! - delayed) * (left / crossfade)
              left--
            }
            low += softening * (delayed - low)
            line[at & mask] = input[i]! + feedback * low
            output[i] = input[i]! * (1 - wet) + low * wet
            feedback += feedbackStep
            wet += wetStep
          }
          // A dying filter would otherwise linger among numbers too small for the processor's fast path.
          lows[channel] = Math.abs(low) < 1e-20 ? 0 : low
        }
        write = (write + frameCount) & mask
        fadeLeft = Math.max(0, fadeLeft - frameCount)
      },

      reset() {
        for (let channel = 0; channel < lines.length; channel++) lines[channel]!.fill(0)
        lows.fill(0)
        fadeLeft = 0
      },
    }
  },
})
