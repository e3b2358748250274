/** The threads of a party: for each its entry, its role, and what it is told at birth. */
import { dbToGain, msToFrames } from "../../runtime/units.ts"
import { createThreadWords, type ThreadWords } from "../../runtime/ring/thread-words.ts"
import { PREROLL_MS } from "../../runtime/timing.ts"
import type { DeviceCaptureSpec, VirtualCaptureSpec } from "../capture/spec.ts"
import type { JitterSpec } from "../jitter/jitter.worker.ts"
import { slotsOfThread } from "../jitter/slots.ts"
import type { MixerSpec } from "../mixer/spec.ts"
import type { PlaybackSpec } from "../playback/spec.ts"
import type { ReceiverSpec } from "../receiver/spec.ts"
import type { SenderSpec } from "../sender/spec.ts"
import type { ThreadInput } from "../supervisor/party.machine.ts"
import type { TapSpec, TapThreadSpec } from "../tap/spec.ts"
import type { Role, ThreadBoot } from "../thread/boot.ts"
import type { TraceThreadSpec } from "../trace/spec.ts"
import type { TapResume } from "../../runtime/graph/plugin.ts"
import { deviceSources, soundPath, virtualSources, type Blueprint } from "./blueprint.ts"
import { clockTrimPpm } from "./clock-trim.ts"
import { mostWaitMs } from "./jitter-settings.ts"

export interface ThreadsOptions {
  readonly blueprint: Blueprint
  readonly memory: WebAssembly.Memory
  readonly dspModule: WebAssembly.Module
  readonly wallOffsetUs: number
  /** What the taps were at. */
  readonly resumes: readonly TapResume[]
  /** The trace's file, and who is in it so far. */
  readonly trace: Omit<TraceThreadSpec, "resume"> | undefined
}

/** Beyond the jitter buffer's delay, for the network's own. */
const LINGER_MS = 50

/** A thread with its words, which the watchdog reads. */
export type PartyThread = ThreadInput & { readonly words: ThreadWords }

export function listThreads(options: ThreadsOptions): readonly PartyThread[] {
  const { blueprint, memory, dspModule, wallOffsetUs, resumes, trace } = options
  const { preset, plan, mix, layout, workDir } = blueprint
  const threads: PartyThread[] = []
  const clockPpm = clockTrimPpm(process.env)

  /** spec   made anew for each life; `first` tells the first from its successors */
  const add = (id: string, role: Role, entry: string, spec: (first: boolean) => unknown): void => {
    const words = plan.threads[id]
    if (words === undefined) throw new Error(`broken invariant: thread ${id} stands in the plan`)
    let first = true
    const boot = (): ThreadBoot<unknown> => {
      const made = { id, role, memory, dspModule, plan, wallOffsetUs, spec: spec(first) }
      first = false
      return made
    }
    threads.push({ name: id, role, entry: `actors/${entry}`, words: createThreadWords(memory, words.words), urgent: role !== "tap" && role !== "trace", boot })
  }

  add("mixer", "mixer", "mixer/mixer.worker", (): MixerSpec => ({
    mix, layout, jitterThreads: blueprint.jitterThreads,
    localSources: preset.sources.flatMap((source, index) => (source.local ? [index] : [])),
    // What has no device ticks on the system's clock.
    oneClock: preset.sources.flatMap(({ local, input }) => (local ? [input.kind !== "device" && preset.outputs[0]?.kind !== "device"] : [])),
    outputThreads: preset.outputs.map((_, index) => `playback-${index}`),
  }))

  for (let threadIndex = 0; threadIndex < blueprint.jitterThreads; threadIndex++) {
    add(`jitter-${threadIndex}`, "jitter", "jitter/jitter.worker", (): JitterSpec => ({
      threadIndex,
      slots: slotsOfThread(plan.peers.length, blueprint.jitterThreads, threadIndex),
    }))
  }

  const { listen } = preset.network
  if (listen !== undefined) {
    add("receiver", "receiver", "receiver/receiver.worker", (): ReceiverSpec =>
      ({ listen, interface: preset.network.interface, loopback: preset.network.loopback, cname: blueprint.cname,
        lingerUs: (mostWaitMs(preset) + LINGER_MS) * 1000 }))
  }

  if (blueprint.sending) {
    const { codec, packetFrames, ttl, announce, send } = preset.network
    add("sender", "sender", "sender/sender.worker", (): SenderSpec => ({
      party: preset.party, cname: blueprint.cname, interface: preset.network.interface, ttl, codec, packetFrames, announce,
      destinations: send,
      sources: preset.sources.flatMap((source, index) => (source.send ? [{ index, name: source.name }] : [])),
    }))
  }

  const virtual = virtualSources(preset)
  if (virtual.length > 0) {
    add("capture", "capture", "capture/virtual.worker", (): VirtualCaptureSpec => ({
      clockPpm, sender: blueprint.sending, sources: virtual.map((index) => virtualSource(blueprint, index)),
    }))
  }
  for (const index of deviceSources(preset)) {
    const source = preset.sources[index]
    if (source?.input.kind !== "device") continue
    const { device } = source.input
    add(`capture-${index}`, "capture", "capture/device.worker", (): DeviceCaptureSpec =>
      ({ index, device, backend: preset.audio.backend, gain: dbToGain(source.gainDb), sender: blueprint.sending && source.send }))
  }

  for (const [output, what] of preset.outputs.entries()) {
    const common = { output, what, backend: preset.audio.backend, master: output === 0, workDir, clockPpm }
    add(`playback-${output}`, "playback", what.kind === "device" ? "playback/device.worker" : "playback/virtual.worker",
      (first): PlaybackSpec => ({ ...common, resume: !first }))
  }

  if (mix.taps.length > 0) {
    add("tap", "tap", "tap/tap.worker", (): TapThreadSpec => ({
      party: preset.party, workDir,
      taps: mix.taps.map(({ index, pluginId, params, place, owner }): TapSpec => ({
        index, pluginId, params, place, resume: resumes[index] ?? { path: "", startPosition: -1 },
        ...(owner.kind === "strip" && mix.strips[owner.index]?.kind === "peer" && { peerStrip: owner.index }),
      })),
    }))
  }
  if (trace !== undefined) add("trace", "trace", "trace/trace.worker", (first): TraceThreadSpec => ({ ...trace, resume: !first }))
  return threads
}

function virtualSource(blueprint: Blueprint, index: number): VirtualCaptureSpec["sources"][number] {
  const { preset, sounds, plan, baseDir } = blueprint
  const source = preset.sources[index]
  if (source === undefined || source.input.kind === "device") throw new Error("broken invariant: a virtual source is a file or a tone")
  const common = { index, gain: dbToGain(source.gainDb), prerollFrames: source.send ? msToFrames(PREROLL_MS, plan.rateHz) : 0 }
  if (source.input.kind === "tone") return { ...common, input: source.input }
  const channels = sounds.get(soundPath(baseDir, source.input.path))?.channels
  if (channels === undefined) throw new Error("broken invariant: every file was decoded")
  return { ...common, input: { kind: "file", channels, loop: source.input.loop } }
}
