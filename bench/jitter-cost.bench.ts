/**
 * What the jitter buffer costs, in a thread of its own time: npm run bench:cost [-- --blocks 100000]
 *
 * Every insert and every pull of a stream by what happens to it; then thirty streams that stall at once in one thread, round by
 * round. The same input is given three times: "least" is the least of the three, place by place. So what other programs and this
 * machine's own stalls add falls out, and a worst that is ours stays. Moments in which this bench's garbage was collected are left out;
 * between the three some more is made, so that they never fall on one place in all of them.
 */
import { cpus, loadavg, setPriority } from "node:os"
import { DEEDS, measureAlone, type Costs, type Fate } from "./jitter-cost/alone.ts"
import { CROWD, measureCrowd } from "./jitter-cost/crowd.ts"
import { BLOCK_FRAMES, PACKET_FRAMES, RATE_HZ, type Sound } from "./jitter-cost/singer.ts"

const REPEATS = 3
const CROWD_SECONDS = 51
/** Each buffer's code is compiled while it runs, path by path, which takes some 0.3 ms here and there: so much of each run does not count. */
const WARM_UP = 0.25
const blockUs = (BLOCK_FRAMES * 1e6) / RATE_HZ
const budgetUs = 500
const blocksAt = process.argv.indexOf("--blocks")
const blocks = blocksAt < 0 ? 100_000 : Number(process.argv[blocksAt + 1])
if (!(blocks >= 1000)) {
  console.log("--blocks takes 1000 or more")
  process.exit(1)
}

const calm = (index: number): number => (index + 1) * PACKET_FRAMES + 20
/** Twelve blocks in a row are held back, every 64. */
const stalling = (index: number): number => (index < 512 || index % 64 >= 12 ? calm(index) : Math.max(calm(index), calm(index - (index % 64) + 12)))
const fates = (sound: Sound): readonly Fate[] => [
  { name: `${sound}, one packet in 16 is lost`, sound, delay: { policy: "steady", minDelayMs: 5 }, arrival: (index) => (index > 512 && index % 16 === 0 ? Infinity : calm(index)) },
  { name: `${sound}, stalls of 32 ms`, sound, delay: { policy: { delayMs: 5 } }, arrival: stalling },
]
const all: readonly Fate[] = [
  { name: "calm", sound: "note", delay: { policy: "steady" }, arrival: calm },
  { name: "drift of 300 ppm", sound: "note", delay: { policy: "steady", minDelayMs: 5 }, arrival: (index) => calm(index) / (1 + 300e-6) },
  ...fates("note"), ...fates("chord"),
]

const figures = (times: readonly number[]): readonly number[] => {
  const sorted = Float64Array.from(times.filter((time) => time < Infinity)).sort()
  return [0.5, 0.999, 1].map((share) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN) * 1000)
}
const leastOf = (runs: readonly Float64Array[]): Float64Array =>
  (runs[0] as Float64Array).map((value, i) => runs.reduce((least, run) => Math.min(least, run[i] as number), value))
/** Held for a moment by nobody. */
const litter = (repeat: number): number => Array.from({ length: 1700 * repeat }, (_, i) => ({ i })).length
const repeated = async <A>(measure: () => Promise<A>): Promise<readonly A[]> => {
  const runs: A[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    litter(repeat)
    runs.push(await measure())
  }
  return runs
}
const columns = (values: readonly number[]): string => values.map((value) => value.toFixed(0).padStart(9)).join("")
const line = (name: string, raw: readonly number[], least: readonly number[]): void =>
  console.log(`${name.padEnd(44)}${String(raw.length).padStart(8)}${columns(figures(raw))}  ${columns(figures(least).slice(1))}`)
const heads = ["p50", "p99.9", "worst"].map((head) => head.padStart(9)).join("")
const header = (what: string): void => console.log(`${what.padEnd(44)}${"count".padStart(8)}${heads}   least of ${REPEATS}:${"p99.9".padStart(5)}    worst`)

let worstUs = 0
const tell = (name: string, runs: readonly Costs[]): void => {
  const [first] = runs as [Costs]
  const least = { inserts: leastOf(runs.map(({ inserts }) => inserts)), pulls: leastOf(runs.map(({ pulls }) => pulls)) }
  const here = [...first.inserts.keys()].filter((i) => i > WARM_UP * first.inserts.length && (first.inserts[i] as number) > 0)
  line(`${name}: insert`, here.map((i) => first.inserts[i] as number), here.map((i) => least.inserts[i] as number))
  for (const [deed, title] of DEEDS.entries()) {
    const some = [...first.deeds.keys()].filter((i) => i > WARM_UP * blocks && first.deeds[i] === deed)
    if (some.length === 0) continue
    line(`${name}: pull, ${title}`, some.map((i) => first.pulls[i] as number), some.map((i) => least.pulls[i] as number))
    if (deed > 0) worstUs = some.reduce((worst, i) => ((least.pulls[i] as number) < Infinity ? Math.max(worst, least.pulls[i] as number) : worst), worstUs)
  }
}

// Not as far up as the engine's threads: it is busy all the time, and would keep everyone else from theirs.
const NICENESS = -11
try {
  setPriority(NICENESS)
} catch {
  // It runs as it is.
}
console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)} before it begins; ${blocks} blocks of ${BLOCK_FRAMES} frames (${blockUs.toFixed(0)} us) each, L24, packets of ${PACKET_FRAMES}\n`)
header("ns")
const startedMs = performance.now()
for (const channels of [1, 2] as const) {
  for (const fate of all) {
    await measureAlone(fate, channels, 2000)
    tell(`${channels === 1 ? "mono" : "stereo"}, ${fate.name}`, await repeated(() => measureAlone(fate, channels, blocks)))
  }
}
console.log(`\nconcealment in a block of one stream at the worst, by the least of ${REPEATS}: ${worstUs.toFixed(0)} us; budget ${budgetUs} us: ${worstUs < budgetUs ? "met" : "missed"}\n`)

const crowds = await repeated(() => measureCrowd(CROWD_SECONDS))
const kinds = crowds[0]?.kinds ?? new Uint8Array()
const times = crowds.map((crowd) => crowd.times)
const least = leastOf(times)
header(`ns a round, ${CROWD} stereo streams in one thread`)
for (const [kind, title] of ["all is calm, or a gap goes on", "all gaps begin", "a burst of 100 ms comes, all return"].entries()) {
  const some = [...kinds.keys()].filter((i) => i > WARM_UP * kinds.length && kinds[i] === kind)
  line(title, some.map((i) => (times[0] as Float64Array)[i] as number), some.map((i) => least[i] as number))
}
const worstRoundUs = least.subarray(WARM_UP * least.length).reduce((worst, value) => (value < Infinity ? Math.max(worst, value) : worst), 0)
console.log(`\nworst round by the least of ${REPEATS}: ${worstRoundUs.toFixed(0)} us, ${((worstRoundUs / blockUs) * 100).toFixed(0)} % of a block`)
console.log(`(${((performance.now() - startedMs) / 1000).toFixed(0)} s)`)
