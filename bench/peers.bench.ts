/**
 * What peers cost: parties that send tones to themselves over loopback RTP, each a peer of 375 packets a second, in processes of
 * their own: npm run bench:peers [-- --seconds 10]
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { cpus, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { runParty, type PartyStats } from "../src/index.ts"
import { freePort, sleep } from "../test/helpers/party-rig.ts"

const counts = [1, 4, 8, 16, 32]
/** Until the jitter buffers have forgotten how their streams began. */
const settleSeconds = 5
const targets = { peers: 16, cpu: 0.25, clean: 32 }

interface Order {
  readonly peers: number
  readonly seconds: number
}

interface Figures extends Order {
  /** Shares of one core, user and system together. */
  readonly cpu: number
  /** By thread, jitter threads together; "rest": the main thread, the runtime's own. */
  readonly threads: Readonly<Record<string, number>>
  readonly heard: number
  readonly underruns: number
  readonly concealedFrames: number
  readonly lost: number
  readonly late: number
  readonly collections: number
  readonly megabytes: number
}

const measure = async ({ peers, seconds }: Order): Promise<Figures> => {
  const port = await freePort()
  const party = await runParty({
    party: "Peers",
    network: { listen: `127.0.0.1:${port}`, send: [`127.0.0.1:${port}`], loopback: true, packet: 128, peers },
    sources: Array.from({ length: peers }, (_, i) => ({ name: `Tone ${i + 1}`, tone: `${200 + 20 * i}Hz`, gain: "-40dB", send: true, local: false })),
    outputs: [{ null: true }],
  }, { statsMs: 1000 })
  const seen: { latest?: PartyStats } = {}
  /** Shares of the threads, summed over the reports of the time that counts. */
  const shares = { by: new Map<string, number>(), reports: 0, on: false }
  party.stats.subscribe((stats) => {
    seen.latest = stats
    if (!shares.on) return
    shares.reports++
    for (const { id, cpu } of stats.threads) {
      const name = id.startsWith("jitter") ? "jitter" : id
      shares.by.set(name, (shares.by.get(name) ?? 0) + (cpu ?? 0))
    }
  })
  const sums = () => {
    const { latest } = seen
    const counters = latest?.strips.flatMap((strip) => strip.counters ?? []) ?? []
    const of = (name: "concealedFrames" | "lost" | "late"): number => counters.reduce((sum, counter) => sum + counter[name], 0)
    return [latest?.outputs[0]?.underruns ?? 0, of("concealedFrames"), of("lost"), of("late"),
      latest?.threads.reduce((sum, { collections }) => sum + collections, 0) ?? 0] as const
  }
  await sleep(settleSeconds * 1000)
  const before = sums()
  const used = process.cpuUsage()
  const startedMs = performance.now()
  shares.on = true
  await sleep(seconds * 1000)
  const { user, system } = process.cpuUsage(used)
  const cpu = (user + system) / 1000 / (performance.now() - startedMs)
  shares.on = false
  const [underruns = 0, concealedFrames = 0, lost = 0, late = 0, collections = 0] = sums().map((count, i) => count - before[i]!)
  const threads = Object.fromEntries([...shares.by].map(([name, sum]) => [name, sum / Math.max(1, shares.reports)]))
  const rest = cpu - Object.values(threads).reduce((sum, share) => sum + share, 0)
  const heard = seen.latest?.strips.filter((strip) => strip.state === "live" && strip.peakDb > -60).length ?? 0
  const megabytes = process.memoryUsage.rss() / 2 ** 20
  await party.stop()
  return { peers, seconds, cpu, threads: { ...threads, rest }, heard, underruns, concealedFrames, lost, late, collections, megabytes }
}

const runApart = async (order: Order): Promise<Figures> => {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(order)])
  const [figures] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => [])])) as [Figures?]
  if (figures === undefined) throw new Error("the party's process ended without a word")
  await once(child, "exit")
  return figures
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const row = (name: string, values: readonly string[]): string => `${name.padEnd(24)}${values.map((value) => value.padStart(10)).join("")}`

const report = async (): Promise<void> => {
  const at = process.argv.indexOf("--seconds")
  const seconds = at < 0 ? 10 : Number(process.argv[at + 1])
  if (!(seconds >= 1)) {
    console.log("--seconds takes a number of seconds, 1 or more")
    process.exitCode = 1
    return
  }
  console.log(`${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)} before it begins; ${seconds} s each, 375 packets a second from each peer, sent and received`)
  const all: Figures[] = []
  for (const peers of counts) all.push(await runApart({ peers, seconds }))
  const print = (name: string, value: (figures: Figures, before: Figures | undefined) => string): void =>
    console.log(row(name, all.map((figures, i) => value(figures, all[i - 1]))))
  print("peers", ({ peers }) => String(peers))
  print("CPU, of one core", ({ cpu }) => percent(cpu))
  for (const thread of Object.keys(all[0]?.threads ?? {})) print(`  ${thread}`, ({ threads }) => percent(threads[thread] ?? 0))
  print("one more peer", (now, before) => (before === undefined ? "" : `${(((now.cpu - before.cpu) * 100) / (now.peers - before.peers)).toFixed(2)} %`))
  print("heard", ({ heard }) => String(heard))
  print("underruns", ({ underruns }) => String(underruns))
  print("concealed frames", ({ concealedFrames }) => String(concealedFrames))
  print("packets lost, late", ({ lost, late }) => `${lost}, ${late}`)
  print("collections", ({ collections }) => String(collections))
  print("resident, MB", ({ megabytes }) => megabytes.toFixed(0))
  console.log("(capture makes the tones, too: a sine for every sample)")
  const at16 = all.find(({ peers }) => peers === targets.peers)
  const at32 = all.find(({ peers }) => peers === targets.clean)
  if (at16 === undefined || at32 === undefined) return
  const clean = at32.underruns === 0 && at32.concealedFrames === 0 && at32.lost === 0
  console.log(`target: ${targets.peers} peers in under ${percent(targets.cpu)} of a core: ${percent(at16.cpu)}, ${at16.cpu < targets.cpu ? "met" : "missed"}`)
  console.log(`target: ${targets.clean} peers clean: ${clean ? "met" : `missed, ${at32.underruns} underruns, ${at32.concealedFrames} frames concealed`}`)
}

if (process.send === undefined) await report()
else {
  const figures = await measure(JSON.parse(process.argv[2] ?? "") as Order)
  process.send(figures, () => process.disconnect())
}
