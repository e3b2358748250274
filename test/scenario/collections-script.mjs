/**
 * Drives the real loops of mixer, jitter buffers and playback through many blocks, sixteen times faster than real time, and tells
 * its parent of every collection in their threads: node --expose-gc collections-script.mjs WARM_UP BLOCKS.
 *
 * The party is planned from a preset, as always. Only its rate is given to the loops sixteen times too high, so that their clocks
 * run so much faster; the effects keep theirs. This thread is the rest of the party: it sends packets (of eight peers, some lost,
 * some late, some twice), plays the local source, moves faders, and empties the recorder's ring.
 */
import { Worker } from "node:worker_threads"
import { drawBlueprint } from "../../dist/actors/party/blueprint.js"
import { manifests } from "../../dist/plugins/registry.js"
import { MixerStats, OutputStats } from "../../dist/runtime/arena/pages.js"
import { LINE_WORDS, PeerWord } from "../../dist/runtime/arena/party-plan.js"
import { pushBind, pushStripGain } from "../../dist/runtime/graph/commands.js"
import { planRendererMemory } from "../../dist/runtime/graph/layout.js"
import { nowUs } from "../../dist/runtime/io/clock.js"
import { createArenaMemory, loadDspModule } from "../../dist/runtime/io/dsp-file.js"
import { JitterStats } from "../../dist/runtime/jitter/jitter-stats.js"
import { decodePresetObject } from "../../dist/runtime/preset/decode.js"
import { createBlockReader, createBlockWriter, blockViews } from "../../dist/runtime/ring/block-ring.js"
import { createEventReader, createEventWriter, EVENT_FIELDS } from "../../dist/runtime/ring/event-ring.js"
import { createPacketWriter } from "../../dist/runtime/ring/packet-ring.js"
import { openStats } from "../../dist/runtime/ring/stats-page.js"
import { createThreadWords } from "../../dist/runtime/ring/thread-words.js"

const [, , warmUp, blocks] = process.argv.map(Number)
const faster = 16
const peerCount = 8
/** Blocks between the warm-up's rough network and the run. */
const settling = 5000
const delayMs = 8
const blockFrames = 128
/** Young generation of a thread, as the engine's have it. */
const youngMb = 8

const plugins = await manifests()
const preset = decodePresetObject({
  party: "Clean",
  network: { listen: "127.0.0.1:5004", send: [], peers: peerCount },
  jitter: { threads: 1 },
  sources: [{ name: "Song", tone: "440Hz", channels: 2 }],
  mix: {
    strips: {
      "*": { gain: "-9dB", sends: { hall: "-12dB" } },
      Ann: { gain: "-9dB", inserts: [{ use: "echo", time: "180ms", feedback: 0.3, wet: 0.2 }], sends: { hall: "-12dB" } },
      Ben: { gain: "-9dB", pan: -0.4, sends: { hall: "-14dB" } },
    },
    buses: { hall: { inserts: [{ use: "reverb", wet: 1 }] } },
    master: { inserts: [{ use: "limiter", ceiling: "-1dB" }, { use: "recorder", path: "." }] },
  },
  outputs: [{ null: true }],
}, { plugins, fileExists: () => true, baseDir: "." })
const places = { baseDir: ".", workDir: "." }
const { mix } = drawBlueprint(preset, plugins, new Map(), places)
// What lies in the arena for each second of audio needs room for the faster rate.
const { plan } = drawBlueprint({ ...preset, audio: { ...preset.audio, rateHz: preset.audio.rateHz * faster } }, plugins, new Map(), places)
const layout = planRendererMemory(mix, plan.renderer)
const memory = createArenaMemory(plan.bytes)
/** 1 opens it; which look at the heap is wanted; looks done. */
const gate = new Int32Array(new SharedArrayBuffer(12))
const ids = ["mixer", "jitter-0", "playback-0"]

const mixer = openStats(memory, plan.mixerStats, MixerStats)
const commands = createEventWriter(memory, plan.commands)
const journals = ids.map((id) => createEventReader(memory, plan.threads[id].journal))
const tap = createBlockReader(memory, plan.taps[0].ring)
const local = createBlockWriter(memory, plan.sources[0].local)
const localViews = blockViews(memory, plan.sources[0].local)
const record = new Float64Array(EVENT_FIELDS)

/** A tone in L16, one cycle of 128 frames: each packet is the same. */
const payload = new Uint8Array(blockFrames * 2)
const payloadView = new DataView(payload.buffer)
for (let i = 0; i < blockFrames; i++) payloadView.setInt16(2 * i, Math.round(6000 * Math.sin((2 * Math.PI * i) / blockFrames)))
const peers = plan.peers.map((peer, slot) => {
  const words = new Int32Array(memory.buffer, peer.words, LINE_WORDS)
  words[PeerWord.epoch] = 1
  words[PeerWord.active] = 1
  return { slot, words, writer: createPacketWriter(memory, peer.packets), stats: openStats(memory, peer.jitterStats, JitterStats), shift: 0 }
})

const sendPacket = ({ writer, words, shift }, seq) => {
  const now = nowUs()
  writer.meta[0] = now
  writer.meta[1] = seq
  writer.meta[2] = now - 300
  writer.write(payload, 0, payload.length, ((seq + shift) * blockFrames) | 0, 96, words[PeerWord.epoch])
}
/**
 * Each peer's network has its own faults, now and then: losses, repetitions, packets that come too late. In the warm-up they are
 * frequent, and now and then a stream jumps or begins anew, so that all code is met before it counts.
 */
let faultEvery = 60
const sendAll = (seq) => {
  for (const peer of peers) {
    const turn = (seq + 37 * peer.slot) % faultEvery
    if (faultEvery < 100 && (seq + 400 * peer.slot) % 3000 === 0) {
      if (seq % 2000 === 0) peer.words[PeerWord.epoch]++
      peer.shift += seq % 1000 === 0 ? 1000 : 60
    }
    if (peer.slot % 2 === 1 && (turn === 10 || turn === 11)) continue
    sendPacket(peer, seq)
    if (peer.slot === 2 && turn === 20) sendPacket(peer, seq)
    if (peer.slot === 4 && turn === 30) sendPacket(peer, seq - 60)
  }
  const slot = local.claim()
  if (slot < 0) return
  localViews[slot].forEach((plane) => plane.fill(0.05))
  local.meta[0] = seq * blockFrames
  local.meta[1] = nowUs()
  local.commit(0)
}

const dspModule = await loadDspModule()
const heard = []
const workers = ids.map((id) => {
  const worker = new Worker(new URL("collections-worker.mjs", import.meta.url), {
    workerData: { id, memory, dspModule, plan, mix, layout, delayMs, gate }, resourceLimits: { maxYoungGenerationSizeMb: youngMb },
  })
  worker.on("message", (message) => heard.push(message))
  worker.on("error", (error) => {
    console.error(error)
    process.exit(1)
  })
  return worker
})
const allSaid = async (what) => {
  for (;;) {
    const said = heard.filter((message) => message.what === what)
    if (said.length === ids.length) return said
    await new Promise((resolve) => { setTimeout(resolve, 2) })
  }
}

/** Plays the rest of the party until so many blocks were mixed; nothing else turns in this thread meanwhile. */
const nap = new Int32Array(new SharedArrayBuffer(4))
let seq = 0
const blockUs = (blockFrames * 1e6) / plan.rateHz
const playFor = (count) => {
  const end = mixer[MixerStats.blocks] + count
  let dueUs = nowUs()
  while (mixer[MixerStats.blocks] < end) {
    const now = nowUs()
    // A standstill of this thread is one of the network: what was sent meanwhile is lost.
    if (now - dueUs > 20_000) {
      const lost = Math.floor((now - dueUs) / blockUs)
      seq += lost
      dueUs += lost * blockUs
    }
    for (; dueUs <= now; dueUs += blockUs) {
      sendAll(seq++)
      if (seq % 50 === 0) pushStripGain(commands, seq % (1 + peerCount), 0.3 + ((seq / 50) % 5) / 20)
    }
    tap.skipTo(0)
    for (const journal of journals) while (journal.pop(record));
    Atomics.wait(nap, 0, 0, 0.5)
  }
}

// As after a day: beyond the small integers, which are never boxed.
mixer[MixerStats.position] = 2 ** 33
pushBind(commands, 1, 0)
pushBind(commands, 2, 1)
await allSaid("ready")
Atomics.store(gate, 0, 1)
Atomics.notify(gate, 0)
const nowMs = () => performance.timeOrigin + performance.now()
playFor(warmUp)
faultEvery = 500
playFor(settling)
const lookAtHeaps = (which) => {
  Atomics.store(gate, 1, which)
  while (Atomics.load(gate, 2) < which * ids.length) playFor(1)
}
lookAtHeaps(1)
const fromMs = nowMs()
playFor(blocks)
const toMs = nowMs()
lookAtHeaps(2)
for (const id of ["playback-0", "mixer", "jitter-0"]) createThreadWords(memory, plan.threads[id].words).raiseControl()
const ran = await allSaid("ran")
await Promise.all(workers.map((worker) => worker.terminate()))

const output = openStats(memory, plan.outputs[0].stats, OutputStats)
const sum = (field) => peers.reduce((total, { stats }) => total + stats[JitterStats[field]], 0)
process.send({
  seconds: (toMs - fromMs) / 1000,
  threads: Object.fromEntries(ran.map(({ id, collections, grownBytes }) => [id, {
    bytesPerBlock: grownBytes / blocks,
    // What an event loop collects when it turns again is not of the run.
    warmUp: collections.filter(({ atMs }) => atMs < fromMs).map(({ kind }) => kind),
    run: collections.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ kind, atMs }) => `${kind} after ${((atMs - fromMs) / 1000).toFixed(2)} s`),
  }])),
  blocks: mixer[MixerStats.blocks], underruns: output[OutputStats.underruns], localUnderruns: mixer[MixerStats.localUnderruns],
  concealed: sum("concealmentEvents"), late: sum("late"), repeated: sum("repeated"), slips: sum("slips"), pulls: sum("pulls"),
})
process.disconnect()
