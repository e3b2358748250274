/**
 * Lets the jitter buffer choose its delay, as `tight`; where that is not clean (this machine stood still for longer than it cared to
 * wait), looks for the smallest kept delay that is. Stays with it for a while and prints what the engine adds, by two measures.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Observation } from "./observer.ts"
import type { PartyFigures, PartyOrder } from "./party.ts"
import { rateHz, writeRamp } from "./ramp.ts"

/** A kept delay of 0 conceals whatever is late at all, so it is no candidate. */
const candidates = [{ policy: "tight" }, ...["0.5ms", "1ms", "1.5ms", "2ms", "3ms"].map((delay) => ({ delay }))] as const
type Candidate = (typeof candidates)[number]
const trySeconds = 5
/** Until a policy has forgotten how the stream began, s. */
const settleSeconds = 4
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
const nameOf = (candidate: Candidate): string => Object.entries(candidate).map(([key, value]) => `${key} ${value}`).join(", ")
const isClean = ({ concealedFrames, underruns }: PartyFigures): boolean => concealedFrames === 0 && underruns === 0

/** undefined where no block was a whole piece of the ramp. */
const quantile = (values: readonly number[], share: number): number | undefined =>
  Float64Array.from(values).sort()[Math.min(values.length - 1, Math.floor(values.length * share))]

const describeObservation = ({ addedMs, broken, unseen, lookMs }: Observation): void => {
  const at = (share: number): number => quantile(addedMs, share) ?? 0
  if (addedMs.length === 0) {
    console.log(`  seen from outside               nothing: of ${broken} blocks none was a whole piece of what was sent`)
    return
  }
  console.log(`  seen from outside              ${ms(at(0.5))}${ms(at(0.99))}${ms(at(1))}   ${inBlocks(at(0.5))} by the median`)
  console.log(`      (${addedMs.length} blocks, matched by the frame numbers in their samples; ${broken} were no whole piece of what was sent,`)
  console.log(`       ${unseen} passed between two looks; looks are ${lookMs.p50.toFixed(2)} ms apart, ${lookMs.p99.toFixed(2)} at p99: so far may a figure be off)`)
}

const describe = (candidate: Candidate, figures: PartyFigures): void => {
  const { added, stages, observation } = figures
  console.log(`\ncapture ring to playback ring, ${nameOf(candidate)}, ${seconds} s, blocks of 128 frames (${blockMs.toFixed(2)} ms)`)
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
  const outside = observation === undefined ? undefined : quantile(observation.addedMs, 0.5)
  const blocks = Math.max(added.p50Ms, outside ?? 0) / blockMs
  const verdict = blocks <= targetBlocks ? "met" : "missed"
  console.log(`\ntarget: at most ${targetBlocks} blocks (${(targetBlocks * blockMs).toFixed(2)} ms) and clean. `
    + `Median ${blocks.toFixed(2)} blocks by ${outside === undefined ? "telemetry alone" : "the worse of the two measures"}: ${verdict}; `
    + (isClean(figures) ? "clean." : "not clean: what is listed above was heard."))
}

const folder = mkdtempSync(join(tmpdir(), "latency-"))
try {
  const ramp = join(folder, "ramp.wav")
  writeRamp(ramp, Math.max(seconds, trySeconds) + settleSeconds + 15)
  const stay = (jitter: Candidate): Promise<PartyFigures> => runParty({ ramp, jitter, settleSeconds, seconds, observed: true })
  console.log(`${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)} before it begins`)
  let stayed = false
  let found = false
  let leastBad: { readonly candidate: Candidate; readonly bad: number } | undefined
  for (const candidate of candidates) {
    const figures = await runParty({ ramp, jitter: candidate, settleSeconds, seconds: trySeconds, observed: false })
    const { added, concealedFrames, underruns } = figures
    console.log(`${trySeconds} s with ${nameOf(candidate).padEnd(12)} median ${added.p50Ms.toFixed(2)} ms, p99 ${added.p99Ms.toFixed(2)}, worst ${added.worstMs.toFixed(2)}: `
      + (isClean(figures) ? "clean" : `${concealedFrames} frames concealed, ${underruns} underruns`))
    const bad = concealedFrames + 128 * underruns
    if (leastBad === undefined || bad < leastBad.bad) leastBad = { candidate, bad }
    if (!isClean(figures)) continue
    const long = await stay(candidate)
    describe(candidate, long)
    stayed = true
    found = isClean(long)
    if (found) break
    if (candidate !== candidates.at(-1)) console.log("\nNot clean for the whole time: on with the next.")
  }
  if (stayed && !found) console.log("\nNothing on the list was clean for the whole time: this machine has other things to do.")
  if (!stayed && leastBad !== undefined) {
    console.log(`Nothing was clean: this machine is too busy just now. The least bad is ${nameOf(leastBad.candidate)}.`)
    describe(leastBad.candidate, await stay(leastBad.candidate))
  }
} finally {
  rmSync(folder, { recursive: true })
}
