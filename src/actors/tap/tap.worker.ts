/**
 * The tap thread: the far ends of all taps (recorders). It may block on files; its rings hold seconds, so that neither a slow disk
 * nor its own replacement loses a frame.
 */
import { resolve } from "node:path"
import { loadPlugin } from "../../plugins/registry.ts"
import type { TapContext, TapResume } from "../../runtime/graph/plugin.ts"
import { freshPath } from "../../runtime/io/fresh-path.ts"
import { openWav } from "../../runtime/io/wav-writer.ts"
import { blockingMachine } from "../thread/blocking.machine.ts"
import { runBlockingThread, type HotLoop } from "../thread/blocking-thread.ts"
import { boot, tellMain } from "../thread/boot.ts"
import { beginLife } from "../thread/life.ts"
import type { TapSaid, TapSpec, TapThreadSpec, TapTold } from "./spec.ts"
import { createTapEnd, type TapEnd } from "./tap-end.ts"

const DRAIN_US = 20_000
const TICKS_PER_STATUS = 5
const DRAINS_PER_TICK = 5

const own = boot<TapThreadSpec>()
const { memory, plan, spec } = own
const words = beginLife(own)
const epoch = new Float64Array(memory.buffer, plan.epoch, 1)
const say = (what: TapSaid): void => tellMain({ kind: "said", what })

/** Tells the main thread of every change, so that a successor knows. */
function sharedResume(index: number, before: TapResume): TapResume {
  let { path, startPosition } = before
  const tell = (): void => say({ what: "resume", index, resume: { path, startPosition } })
  return {
    get path() {
      return path
    },
    set path(value) {
      path = value
      tell()
    },
    get startPosition() {
      return startPosition
    },
    set startPosition(value) {
      startPosition = value
      tell()
    },
  }
}

async function openEnd(tap: TapSpec): Promise<{ readonly tap: TapSpec; readonly end: TapEnd }> {
  const module = await loadPlugin(tap.pluginId)
  const ring = plan.taps[tap.index]?.ring
  if (ring === undefined) throw new Error("broken invariant: a tap has a ring")
  const resume = sharedResume(tap.index, tap.resume)
  const context = (place: string, channelCount: number): TapContext => ({
    sampleRate: plan.rateHz,
    channelCount,
    params: tap.params,
    place,
    party: spec.party,
    resume,
    startedAtMs: ((epoch[0] as number) + own.wallOffsetUs) / 1000,
    openSound: (options) => openWav({ ...options, sampleRate: plan.rateHz, channelCount }),
    freshPath: (folder, stem, extension) => freshPath(resolve(spec.workDir, folder), stem, extension),
    report: (kind, text) => say({ what: "report", kind, text }),
  })
  return { tap, end: createTapEnd({ memory, ring, module, place: tap.place, onPeer: tap.peerStrip !== undefined, context }) }
}

let ends: readonly { readonly tap: TapSpec; readonly end: TapEnd }[] = []

const tellStatus = (): void => {
  for (const { tap, end } of ends) {
    const status = end.status()
    if (status !== undefined) say({ what: "status", index: tap.index, place: end.place(), ...status })
  }
}

async function prepare(): Promise<HotLoop> {
  ends = await Promise.all(spec.taps.map(openEnd))
  let drains = 0
  return {
    run() {
      while (!words.controlRaised()) {
        words.beat()
        const seen = words.bellCount()
        for (const { end } of ends) end.drain()
        if (++drains % DRAINS_PER_TICK === 0) for (const { end } of ends) end.tick()
        if (drains % (DRAINS_PER_TICK * TICKS_PER_STATUS) === 0) tellStatus()
        words.sleep(seen, DRAIN_US)
      }
    },
    told(message) {
      const told = message as TapTold
      for (const { tap, end } of ends) {
        if (tap.peerStrip !== told.strip) continue
        if (told.what === "place") end.named(told.name)
        else end.left()
      }
    },
  }
}

await runBlockingThread(words, blockingMachine("tap"), prepare, () => {
  for (const { end } of ends) end.close()
  tellStatus()
})
