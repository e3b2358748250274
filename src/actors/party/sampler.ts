/** Reads the statistics pages of a running party into reports. */
import { MixerStats, NetStats, OutputStats, PeerStats, SourceStats, StreamStats } from "../../runtime/arena/pages.ts"
import { createMixReader } from "../../runtime/graph/mix-reader.ts"
import { processCpuUs, threadCpuUs } from "../../runtime/io/cpu-times.ts"
import { createHistogramWindow, type Distribution } from "../../runtime/ring/histogram.ts"
import { openStats } from "../../runtime/ring/stats-page.ts"
import type { ThreadWords } from "../../runtime/ring/thread-words.ts"
import type { PartyStats, RecordingStats, StageStats, StripStats, StripState, ThreadStats } from "../../runtime/report.ts"
import { framesToMs } from "../../runtime/units.ts"
import type { Blueprint } from "./blueprint.ts"
import { createJitterFigures, type JitterFigures } from "./jitter-figures.ts"
import type { JitterSettings } from "./jitter-settings.ts"
import type { RoomPeer } from "./room.machine.ts"

export interface SamplerOptions {
  readonly blueprint: Blueprint
  readonly memory: WebAssembly.Memory
  readonly peers: () => Readonly<Record<number, RoomPeer>>
  readonly threads: () => readonly {
    readonly id: string; readonly role: string; readonly state: string; readonly restarts: number; readonly osThread: number
    readonly words: ThreadWords
  }[]
  readonly recordings: () => readonly RecordingStats[]
  readonly jitter: Pick<JitterSettings, "inForce" | "isOwn">
}

/** CPU and memory are asked of the system this seldom; a report in between repeats them. */
const SYSTEM_MS = 500
/** Times are of the last 15 s. */
const WINDOW_STEP_MS = 3000
const WINDOW_STEPS = 5

const EDGE_WORDS: readonly StripState[] = ["waiting", "live", "ended", "gone", "failed"]
const OUTPUT_WORDS = ["waiting", "live", "ended", "lost", "failed"]

/** Kept between two reports, for what is counted from one to the next. */
interface Before {
  timeUs: number
  cpuUs: number
  cpu: number
  memoryBytes: number
  readonly threadCpu: Map<string, number>
  readonly threads: Map<string, number>
  readonly peers: Map<number, { readonly expected: number; readonly bad: number }>
  readonly streams: Map<number, number>
}

export function createSampler(options: SamplerOptions): (nowUs: number, timeMs: number) => PartyStats {
  const { blueprint, memory } = options
  const { plan, mix, preset } = blueprint
  const reader = createMixReader(memory, blueprint.layout)
  const sources = plan.sources.map((source) => openStats(memory, source.stats, SourceStats))
  const streams = plan.sources.map((source) => openStats(memory, source.streamStats, StreamStats))
  const figuresAt = (at: { readonly store: number; readonly stats: number }) =>
    createJitterFigures({ memory, at, rateHz: plan.rateHz, blockFrames: plan.blockFrames })
  const peers = plan.peers.map((peer) => ({
    net: openStats(memory, peer.peerStats, PeerStats), jitter: figuresAt({ store: peer.store, stats: peer.jitterStats }),
  }))
  const buffers = plan.sources.map(({ jitter }) => (jitter === undefined ? undefined : figuresAt(jitter)))
  const outputs = plan.outputs.map((output) => openStats(memory, output.stats, OutputStats))
  const net = openStats(memory, plan.netStats, NetStats)
  const mixer = openStats(memory, plan.mixerStats, MixerStats)
  const localSources = preset.sources.flatMap((source, index) => (source.local ? [index] : []))
  const before: Before = {
    timeUs: 0, cpuUs: processCpuUs(), cpu: 0, memoryBytes: process.memoryUsage.rss(), threadCpu: new Map(), threads: new Map(), peers: new Map(),
    streams: new Map(),
  }
  const get = (page: Float64Array | undefined, field: number): number => page?.[field] ?? 0

  const desk = (strip: number) => {
    const { gainDb, pan, muted, solo, peakDb, rmsDb, clipped } = reader.strip(strip)
    return { gainDb, pan, muted, solo, peakDb, rmsDb, clipped }
  }

  const bufferOf = (figures: JitterFigures | undefined, name: string, timeMs: number): Pick<StripStats, "jitter" | "driftPpm"> => {
    const jitter = figures?.read(timeMs, options.jitter.inForce(name), options.jitter.isOwn(name))
    return figures === undefined || jitter === undefined ? {} : { jitter, driftPpm: figures.level("driftPpm") }
  }

  const localStrip = (strip: number, timeMs: number): StripStats => {
    const source = localSources[strip] ?? 0
    const name = mix.strips[strip]?.name ?? ""
    return {
      name, kind: "local", state: EDGE_WORDS[get(sources[source], SourceStats.state)] ?? "waiting", ...desk(strip),
      ...bufferOf(buffers[source], name, timeMs),
    }
  }

  const lossOf = (slot: number): number => {
    const page = peers[slot]
    const expected = get(page?.net, PeerStats.expected)
    const bad = Math.max(0, get(page?.net, PeerStats.lost)) + (page?.jitter.since("late") ?? 0)
    const last = before.peers.get(slot)
    before.peers.set(slot, { expected, bad })
    if (last === undefined || expected <= last.expected) return 0
    return Math.min(1, Math.max(0, (bad - last.bad) / (expected - last.expected)))
  }

  /** What another stream has left in the slot is not counted for this one. */
  const followStream = (slot: number, ssrc: number): void => {
    const last = before.streams.get(slot)
    before.streams.set(slot, ssrc)
    if (last !== undefined && last !== ssrc) peers[slot]?.jitter.begin()
  }

  const peerStrip = (peer: RoomPeer, timeMs: number): StripStats => {
    followStream(peer.slot, peer.ssrc)
    const page = peers[peer.slot]
    const count = (field: keyof typeof PeerStats): number => get(page?.net, PeerStats[field])
    const jitter = (field: Parameters<JitterFigures["since"]>[0]): number => page?.jitter.since(field) ?? 0
    const level = (field: Parameters<JitterFigures["level"]>[0]): number => page?.jitter.level(field) ?? 0
    return {
      name: peer.name, kind: "peer", state: peer.state, ...desk(localSources.length + peer.slot),
      address: peer.address, ssrc: peer.ssrc, format: peer.format, ...bufferOf(page?.jitter, peer.name, timeMs),
      playoutDelayMs: level("playoutDelayUs") / 1000, targetDelayMs: level("targetDelayUs") / 1000,
      lossRatio: lossOf(peer.slot), jitterMs: count("jitterUs") / 1000,
      counters: {
        received: count("received"), expected: count("expected"), lost: Math.max(0, count("lost")), late: jitter("late"),
        duplicate: count("duplicate"), reordered: count("reordered"), discarded: count("discarded") + jitter("discarded"),
        concealedFrames: jitter("concealedFrames"), concealmentEvents: jitter("concealmentEvents"), slips: jitter("slips"),
      },
      ...(count("sameClock") === 1 && added !== undefined && added.count > 0 && { endToEndMs: added.p50Ms }),
    }
  }

  const lately = (at: readonly number[]) => createHistogramWindow(memory, at, WINDOW_STEP_MS, WINDOW_STEPS)
  const windows = {
    added: lately([plan.histograms.added]), network: lately([plan.histograms.network]), jitter: lately(plan.jitterWaits),
    mix: lately([plan.histograms.render]), playback: lately([plan.histograms.playbackWait]),
  }
  let added: Distribution | undefined

  const stages = (nowMs: number): StageStats[] => {
    const blockMs = framesToMs(plan.blockFrames, plan.rateHz)
    const packetMs = framesToMs(preset.network.packetFrames, plan.rateHz)
    const fixed = (stage: StageStats["stage"], valueMs: number): StageStats => ({ stage, p50Ms: valueMs, p99Ms: valueMs, worstMs: valueMs })
    const of = (stage: Exclude<keyof typeof windows, "added">, lessMs = 0): StageStats => {
      const { p50Ms, p99Ms, worstMs } = windows[stage](nowMs)
      return { stage, p50Ms: Math.max(0, p50Ms - lessMs), p99Ms: Math.max(0, p99Ms - lessMs), worstMs: Math.max(0, worstMs - lessMs) }
    }
    return [
      fixed("capture", blockMs),
      fixed("packet", Math.max(0, packetMs - blockMs)),
      of("network", packetMs),
      of("jitter"),
      of("mix"),
      of("playback"),
      fixed("device", get(outputs[0], OutputStats.deviceLatencyUs) / 1000),
    ]
  }

  const askSystem = (nowUs: number): void => {
    const elapsedUs = nowUs - before.timeUs
    const first = before.timeUs === 0
    if (!first && elapsedUs < SYSTEM_MS * 1000) return
    const cpuUs = processCpuUs()
    before.cpu = first ? 0 : (cpuUs - before.cpuUs) / elapsedUs
    before.cpuUs = cpuUs
    before.memoryBytes = process.memoryUsage.rss()
    for (const { id, osThread } of options.threads()) {
      const threadUs = threadCpuUs(osThread)
      const last = before.threads.get(id)
      if (threadUs === undefined) continue
      before.threads.set(id, threadUs)
      if (last !== undefined) before.threadCpu.set(id, Math.max(0, (threadUs - last) / elapsedUs))
    }
    before.timeUs = nowUs
  }

  const threads = (): ThreadStats[] =>
    options.threads().map(({ id, role, state, restarts, words }) => {
      const cpu = before.threadCpu.get(id)
      return { id, role, state, restarts, collections: words.collections(), ...(cpu !== undefined && { cpu }) }
    })

  return (nowUs, timeMs) => {
    added = windows.added(timeMs)
    askSystem(nowUs)
    const { p50Ms, p99Ms, worstMs } = added
    const level = ({ peakDb, rmsDb, clipped }: { readonly peakDb: number; readonly rmsDb: number; readonly clipped: number }) =>
      ({ peakDb, rmsDb, clipped })
    return {
      timeMs, party: preset.party,
      strips: [
        ...localSources.map((_, strip) => localStrip(strip, timeMs)),
        ...Object.values(options.peers()).map((peer) => peerStrip(peer, timeMs)),
      ],
      buses: mix.buses.map(({ name, index }) => ({ name, ...level(reader.bus(index)) })),
      master: { name: "master", ...level(reader.master()) },
      stages: stages(timeMs),
      threads: threads(),
      outputs: preset.outputs.map((output, i) => ({
        name: output.kind === "device" ? output.device : output.kind === "file" ? output.path : "virtual",
        state: i === 0 && get(mixer, MixerStats.freeRunning) === 1 ? "lost" : OUTPUT_WORDS[get(outputs[i], OutputStats.state)] ?? "waiting",
        underruns: get(outputs[i], OutputStats.underruns), xruns: get(outputs[i], OutputStats.xruns),
        ...(output.kind === "device" && { deviceLatencyMs: get(outputs[i], OutputStats.deviceLatencyUs) / 1000 }),
      })),
      recordings: options.recordings(),
      addedLatency: { p50Ms, p99Ms, worstMs },
      network: {
        packetsSent: streams.reduce((sum, page) => sum + get(page, StreamStats.packets), 0),
        packetsReceived: get(net, NetStats.received), malformed: get(net, NetStats.malformed) + get(net, NetStats.badReports),
        refused: get(net, NetStats.refused),
      },
      cpu: before.cpu, memoryBytes: before.memoryBytes,
    }
  }
}
