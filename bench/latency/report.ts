/** Finds the smallest delay that plays without a gap, stays with it for a while, and prints what the engine adds, by two measures. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Observation } from "./observer.ts"
import type { PartyFigures, PartyOrder } from "./party.ts"
import { rateHz, writeRamp } from "./ramp.ts"

const delays = ["0ms", "0.5ms", "1ms", "1.5ms", "2ms", "3ms"]
const trySeconds = 5
const blockMs = (128 * 1000) / rateHz
const packetMs = blockMs
const targetBlocks = 2
const secondsAt = process.argv.indexOf("--seconds")
const seconds = secondsAt < 0 ? 60 : Number(process.argv[secondsAt + 1])
if (!(seconds >= 1 && seconds <= 150)) {
  console.log("--seconds takes 1 to 150")
  process.exit(1)
}

const runParty = async (order: PartyOrder): Promise<PartyFigures> => {
  const child = fork(fileURLToPath(new URL("../latency.bench.js", import.meta.url)), [JSON.stringify(order)], { serialization: "advanced" })
  const [figures] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => [])])) as [PartyFigures?]
  if (figures === undefined) throw new Error("the party's process ended without a word")
  await once(child, "exit")
  return figures
}

const column = (text: string | number, width = 9): string => String(text).padStart(width)
const ms = (value: number): string => column(value.toFixed(2))
const inBlocks = (valueMs: number): string => `${(valueMs / blockMs).toFixed(2)} blocks`
const isClean = ({ concealedFrames, underruns }: PartyFigures): boolean => concealedFrames === 0 && underruns === 0

const describeObservation = ({ addedMs, broken, unseen, lookMs }: Observation): void => {
  const sorted = Float64Array.from(addedMs).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  console.log(`  seen from outside              ${ms(at(0.5))}${ms(at(0.99))}${ms(at(1))}   ${inBlocks(at(0.5))} by the median`)
  console.log(`      (${addedMs.length} blocks, matched by the frame numbers in their samples; ${broken} were no whole piece of what was sent,`)
  console.log(`       ${unseen} passed between two looks; looks are ${lookMs.p50.toFixed(2)} ms apart, ${lookMs.p99.toFixed(2)} at p99: so far may a figure be off)`)
}

const describe = (delay: string, figures: PartyFigures): void => {
  const { added, stages, observation } = figures
  console.log(`\ncapture ring to playback ring, delay ${delay}, ${seconds} s, blocks of 128 frames (${blockMs.toFixed(2)} ms)`)
  console.log("                                   median      p99    worst   ms")
  console.log(`  by the engine's telemetry      ${ms(added.p50Ms)}${ms(added.p99Ms)}${ms(added.worstMs)}   ${inBlocks(added.p50Ms)} by the median`)
  if (observation !== undefined) describeObservation(observation)
  console.log("  of it:                                                       share of the medians")
  const rows = [
    ["sending and network", stages.network, packetMs], ["wait in the jitter buffer", stages.jitter, 0], ["mix: pull of the peers", stages.pull, 0],
    ["mix: rendering", stages.render, 0],
  ] as const
  const sum = rows.reduce((total, [, { p50Ms }, less]) => total + Math.max(0, p50Ms - less), 0)
  for (const [name, { p50Ms, p99Ms, worstMs }, less] of rows) {
    const less0 = (value: number): number => Math.max(0, value - less)
    console.log(`    ${name.padEnd(26)} ${ms(less0(p50Ms))}${ms(less0(p99Ms))}${ms(less0(worstMs))}   ${((less0(p50Ms) / sum) * 100).toFixed(0)} %`)
  }
  const { p50Ms, p99Ms, worstMs } = stages.playback
  console.log(`  playback waits for its block   ${ms(p50Ms)}${ms(p99Ms)}${ms(worstMs)}   (pull and rendering, seen from the other side)`)
  console.log(`  underruns ${figures.underruns}, concealed frames ${figures.concealedFrames}, late packets ${figures.late}, slips ${figures.slips}, `
    + `blocks asked for ahead ${figures.leadBlocks}`)
  console.log(`  collections: ${Object.entries(figures.collections).map(([id, count]) => `${id} ${count}`).join(", ")}`)
  const outside = observation === undefined ? NaN : Float64Array.from(observation.addedMs).sort()[Math.floor(observation.addedMs.length / 2)] ?? NaN
  const blocks = Math.max(added.p50Ms, outside) / blockMs
  const verdict = blocks <= targetBlocks ? "met" : "missed"
  console.log(`\ntarget: at most ${targetBlocks} blocks (${(targetBlocks * blockMs).toFixed(2)} ms) and clean. `
    + `Median ${blocks.toFixed(2)} blocks by the worse of the two measures: ${verdict}; `
    + (isClean(figures) ? "clean." : "not clean: what is listed above was heard."))
}

const folder = mkdtempSync(join(tmpdir(), "latency-"))
try {
  const ramp = join(folder, "ramp.wav")
  writeRamp(ramp, Math.max(seconds, trySeconds) + 15)
  const stay = (delay: string): Promise<PartyFigures> => runParty({ ramp, delay, settleSeconds: 2, seconds, observed: true })
  console.log(`${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)} before it begins`)
  let stayed = false
  let found = false
  let leastBad: { readonly delay: string; readonly bad: number } | undefined
  for (const delay of delays) {
    const figures = await runParty({ ramp, delay, settleSeconds: 1, seconds: trySeconds, observed: false })
    const { added, concealedFrames, underruns } = figures
    console.log(`${trySeconds} s with delay ${delay.padEnd(6)} median ${added.p50Ms.toFixed(2)} ms, p99 ${added.p99Ms.toFixed(2)}, worst ${added.worstMs.toFixed(2)}: `
      + (isClean(figures) ? "clean" : `${concealedFrames} frames concealed, ${underruns} underruns`))
    const bad = concealedFrames + 128 * underruns
    if (leastBad === undefined || bad < leastBad.bad) leastBad = { delay, bad }
    if (!isClean(figures)) continue
    const long = await stay(delay)
    describe(delay, long)
    stayed = true
    found = isClean(long)
    if (found) break
    if (delay !== delays.at(-1)) console.log("\nNot clean for the whole time: on with the next longer delay.")
  }
  if (stayed && !found) console.log("\nNo delay on the list was clean for the whole time: this machine has other things to do.")
  if (!stayed && leastBad !== undefined) {
    console.log(`No delay was clean: this machine is too busy just now. The least bad is ${leastBad.delay}.`)
    describe(leastBad.delay, await stay(leastBad.delay))
  }
} finally {
  rmSync(folder, { recursive: true })
}
