/**
 * Runs a party: decodes its files, lays out its arena, starts its threads under supervision, and tells what goes on.
 */
import { resolve } from "node:path"
import { createActor, fromPromise, waitFor } from "xstate"
import { manifests as allManifests } from "../../plugins/registry.ts"
import { PluginError, ResourceError } from "../../runtime/errors.ts"
import { pushFadeOut } from "../../runtime/graph/commands.ts"
import { createLedger } from "../../runtime/graph/ledger.ts"
import { nowUs, wallOffsetUs } from "../../runtime/io/clock.ts"
import { createArenaMemory, loadDspModule } from "../../runtime/io/dsp-file.ts"
import { fileExists } from "../../runtime/io/files.ts"
import { decodeFiles } from "../../runtime/io/jobs.ts"
import type { Preset } from "../../runtime/preset/preset.ts"
import { createEventWriter } from "../../runtime/ring/event-ring.ts"
import { endAll } from "../supervisor/end-all.ts"
import { partyMachine, type Failure } from "../supervisor/party.machine.ts"
import { drawBlueprint, soundPath } from "./blueprint.ts"
import { createDelayWatch } from "./delay-watch.ts"
import { createHearsay, type Memories } from "./hearsay.ts"
import { revealInternals } from "./internals.ts"
import { createJitterSettings } from "./jitter-settings.ts"
import { createJitterWishes } from "./jitter-wishes.ts"
import { createLiveSettings } from "./live-settings.ts"
import { createNewsroom } from "./newsroom.ts"
import type { Party, RunOptions } from "./party-api.ts"
import { observe } from "./observation.ts"
import { followRoom } from "./room-news.ts"
import { roomMachine } from "./room.machine.ts"
import { createSampler } from "./sampler.ts"
import { listThreads } from "./threads.ts"
import { beginPartyTrace } from "./trace-file.ts"

const STATS_MS = 100
const FADE_MS = 30
const START_DEADLINE_MS = 20_000

const errorOf = ({ id, fault, message, hint }: Failure): Error => {
  if (fault === "resource") return new ResourceError(message, hint)
  if (fault === "plugin") return new PluginError(id, message)
  return new Error(`${id}: ${message}`)
}

/**
 * Runs a decoded preset; `runParty` in src/index.ts takes one that is not.
 * Fails  ResourceError, PluginError: what the party needs is not to be had
 */
export async function runDecoded(preset: Preset, options: RunOptions = {}): Promise<Party> {
  const baseDir = resolve(options.baseDir ?? ".")
  const workDir = resolve(options.workDir ?? ".")
  const [dspModule, manifests] = await Promise.all([loadDspModule(), allManifests()])
  const paths = preset.sources.flatMap(({ input }) => (input.kind === "file" ? [soundPath(baseDir, input.path)] : []))
  const missing = paths.find((path) => !fileExists(path))
  if (missing !== undefined) throw new ResourceError(`${missing} is not there`, "Check the source's file in the preset")
  const sounds = await decodeFiles(paths, preset.audio.rateHz, dspModule)
  const blueprint = drawBlueprint(preset, manifests, sounds, { baseDir, workDir, traced: options.trace !== undefined })
  const { plan, mix } = blueprint
  const memory = createArenaMemory(plan.bytes)
  const wallUs = wallOffsetUs()
  const trace = options.trace && beginPartyTrace(options.trace, blueprint, wallUs)

  const commands = createLedger(createEventWriter(memory, plan.commands))
  const epoch = new Float64Array(memory.buffer, plan.epoch, 1)
  const localCount = mix.strips.filter((strip) => strip.kind === "local").length
  const memories: Memories = { resumes: mix.taps.map(() => ({ path: "", startPosition: -1 })), recordings: new Map(), sdp: [] }
  const threads = listThreads({ blueprint, memory, dspModule, wallOffsetUs: wallUs, resumes: memories.resumes, trace: trace?.spec })
  const roleOf = (id: string) => threads.find((thread) => thread.name === id)?.role ?? "mixer"

  const room = createActor(roomMachine, {
    input: { seats: mix.seats.map((seat) => seat.name), taken: mix.strips.slice(0, localCount).map((strip) => strip.name) },
  })
  const peers = () => room.getSnapshot().context.peers
  const peerSubject = (slot: number): string => {
    const peer = peers()[slot]
    return peer === undefined ? `peer ${slot + 1}` : `${peer.address} (${peer.name})`
  }
  const outputName = (index: number): string => {
    const output = preset.outputs[index]
    return output?.kind === "device" ? output.device : output?.kind === "file" ? output.path : "virtual output"
  }
  const news = createNewsroom({
    memory, plan, nowUs, log: preset.log === undefined ? undefined : resolve(workDir, preset.log),
    names: {
      peer: peerSubject,
      local: (index) => mix.strips[index]?.name ?? "",
      source: (index) => preset.sources[index]?.name ?? "",
      output: outputName,
      insert: (chain, slot) => `${mix.chains[chain]?.place ?? ""}: ${mix.chains[chain]?.slots[slot]?.pluginId ?? ""}`,
    },
  })

  const party = createActor(partyMachine.provide({
    actors: { endAll: fromPromise(({ input }) => endAll(input, roleOf)) },
    actions: {
      begin: () => {
        epoch[0] = nowUs()
        news.beginAt(epoch[0])
        news.tell("party started", preset.party, `${threads.length} threads`)
        if (trace !== undefined) news.tell("trace started", trace.spec.path, "")
      },
    },
  }), { input: { inputs: threads, nowMs: () => nowUs() / 1000 } })
  const threadRef = (id: string) => party.getSnapshot().context.threads[id]

  const strips = (): ReadonlyMap<string, number> => new Map([
    ...mix.strips.slice(0, localCount).map((strip) => [strip.name, strip.index] as const),
    ...Object.values(peers()).map((peer) => [peer.name, localCount + peer.slot] as const),
  ])
  const jitter = createJitterSettings({
    preset, strips: () => [...strips().keys()], changed: () => wishes.follow(),
    tell: (subject, text, data) => news.tell("set", subject, text, data),
  })
  const wishes = createJitterWishes(memory, plan, preset, jitter)
  wishes.follow()

  followRoom(room, { news, commands, localCount, seat: wishes.seat, tellTap: (message) => threadRef("tap")?.send({ type: "TELL", message }) })
  trace?.follow(room, (message) => threadRef("trace")?.send({ type: "TELL", message }))
  room.start()

  const hear = createHearsay({
    news, memories, room: (event) => room.send(event),
    sdpPath: preset.network.sdp === undefined ? undefined : resolve(workDir, preset.network.sdp),
    deviceName: (id) => id.startsWith("playback-") ? outputName(Number(id.slice(9))) : preset.sources[Number(id.slice(8))]?.name ?? id,
  })
  party.on("NEWS.SAID", ({ id, what }) => hear(id, what))
  party.on("NEWS.DIED", ({ id, reason }) => {
    // A new mixer begins with the preset; what was changed since waits for it in the ring.
    if (id === "mixer") commands.replay()
    news.tell("thread restarted", id, `it died (${reason}) and is being replaced`)
  })
  party.on("NEWS.BACK", ({ id, afterMs }) => news.tell("notice", id, `back after ${Math.round(afterMs)} ms`, { afterMs: Math.round(afterMs) }))
  party.on("NEWS.FAILED", ({ failure }) => news.tell("thread failed", failure.id, [failure.message, failure.hint].join(" ").trim()))

  const sample = createSampler({
    blueprint, memory, peers, jitter, recordings: () => [...memories.recordings.values()],
    threads: () => threads.map(({ name, role, words }) => {
      const context = threadRef(name)?.getSnapshot().context
      return { id: name, role, words, state: context?.state ?? "", restarts: context?.restarts ?? 0, osThread: context?.osThread ?? 0 }
    }),
  })
  const observation = observe({
    memory, plan, news, room, sample, statsMs: options.statsMs ?? STATS_MS,
    // The trace's thread may hang as long as the disk does: nothing waits for it.
    watched: threads.filter(({ role }) => role !== "trace").map(({ name, words }) => ({
      words,
      alive: () => threadRef(name)?.getSnapshot().context.state === "running",
      hung: () => {
        news.tell("notice", name, "it hangs and is ended")
        threadRef(name)?.send({ type: "HUNG" })
      },
    })),
  })

  const watchDelays = createDelayWatch()
  observation.stats.subscribe((stats) => {
    for (const { strip, text, data } of watchDelays(stats)) news.tell("delay changed", strip, text, data)
  })

  const finished = waitFor(party, (snapshot) => snapshot.status !== "active").then(async (snapshot) => {
    observation.end()
    const { failure } = snapshot.context
    news.tell("party stopped", preset.party, failure?.message ?? "")
    room.stop()
    await news.close()
    if (failure !== undefined && failed) throw errorOf(failure)
  })
  // Whoever waits for it gets the error; nobody has to.
  finished.catch(() => {})
  let failed = true
  party.start()

  const late = setTimeout(() => party.send({ type: "STOP" }), START_DEADLINE_MS)
  const started = await waitFor(party, (snapshot) => snapshot.matches("running") || snapshot.status !== "active")
  clearTimeout(late)
  if (!started.matches("running")) {
    await finished
    throw new Error(`the party was not ready within ${START_DEADLINE_MS / 1000} s`)
  }

  const running: Party = {
    name: preset.party,
    events: news.events,
    stats: observation.stats,
    set: createLiveSettings({ plan: mix, manifests, commands, strips, jitter }),
    sdp: () => memories.sdp,
    async stop() {
      if (party.getSnapshot().matches("running")) {
        failed = false
        pushFadeOut(commands, FADE_MS)
        await new Promise((done) => setTimeout(done, FADE_MS + 20))
        party.send({ type: "STOP" })
      }
      await finished.catch(() => {})
    },
    finished,
  }
  revealInternals(running, {
    memory, plan, words: Object.fromEntries(threads.map(({ name, words }) => [name, words])),
    askReports: () => {
      for (const { name } of threads) threadRef(name)?.send({ type: "REPORT" })
    },
  })
  return running
}
