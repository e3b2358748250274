/** The jitter buffer in a browser's AudioWorklet does what it does in Node, to the bit. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { JitterDelay } from "../../src/runtime/jitter/jitter-buffer.ts"
import { bundleModule, type Bundle } from "../helpers/bundle.ts"
import { chromiumMissing, startChromium, type Chromium } from "../helpers/chromium.ts"
import { servePages, type PageServer } from "../helpers/page-server.ts"
import { buildModule } from "../runtime/dsp/kernels.ts"
import { repositoryRoot } from "../scripts/source-text.ts"
import { playTrace, traceFiles } from "./play-trace.ts"
import { BLOCK_FRAMES, createTraceDriver, RATE_HZ, type DrivenTrace, type Figures } from "./trace-driver.ts"
import { makeDrivenTrace } from "./traces.ts"

interface Case {
  readonly model: string
  readonly packetFrames: number
  readonly channelCount: 1 | 2
  readonly seconds: number
  /** What must have happened for the case to mean something, whatever the delay. */
  readonly happened: (figures: Figures) => boolean
}

const cases: readonly Case[] = [
  {
    model: "wifi-busy", packetFrames: 240, channelCount: 2, seconds: 12,
    happened: ({ stats, segments }) => Number(stats["late"]) > 0 && Number(segments["conceal"]) > 0,
  },
  {
    model: "drift+300", packetFrames: 240, channelCount: 1, seconds: 20,
    happened: ({ stats }) => Math.abs(Number(stats["driftPpm"]) - 300) < 20 && Number(stats["removedFrames"]) > 50,
  },
  {
    model: "ge-loss", packetFrames: 120, channelCount: 1, seconds: 10,
    happened: ({ stats }) => Number(stats["concealmentEvents"]) > 10 && Number(stats["concealedFrames"]) > 2000,
  },
  {
    model: "all", packetFrames: 480, channelCount: 2, seconds: 20,
    happened: ({ stats, segments, waitingPulls }) =>
      Number(stats["silentConcealedFrames"]) > 1000 && Number(segments["conceal"]) > 50 && waitingPulls > 500,
  },
]

const delays: readonly JitterDelay[] = ["tight", "steady", "safe", { delayMs: 12 }]
const nameOf = (delay: JitterDelay): string => (typeof delay === "string" ? delay : `a kept delay of ${delay.delayMs} ms`)

/** The same in Node. */
const playHere = (module: WebAssembly.Module, trace: DrivenTrace, delay: JitterDelay): { readonly figures: Figures; readonly hashes: readonly string[] } => {
  const driver = createTraceDriver(module, trace, delay)
  const planes = Array.from({ length: trace.channelCount }, () => new Float32Array(trace.pullCount * BLOCK_FRAMES))
  const blocks = planes.map(() => new Float32Array(BLOCK_FRAMES))
  for (let pull = 0; pull < trace.pullCount; pull++) {
    driver.pull(blocks[0] as Float32Array, blocks[1])
    planes.forEach((plane, channel) => plane.set(blocks[channel] as Float32Array, pull * BLOCK_FRAMES))
  }
  return { figures: driver.figures(), hashes: planes.map((plane) => createHash("sha256").update(plane).digest("hex")) }
}

/** What every engine must compute alike; of the other functions of Math a last bit may differ. */
const exactMath = ["abs", "ceil", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"]

const missing = chromiumMissing()

describe.skipIf(missing !== undefined)(`the jitter buffer in an AudioWorklet${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const traces = new Map<string, DrivenTrace>()
  const pageErrors: string[] = []
  let module: WebAssembly.Module
  let bundle: Bundle
  let server: PageServer | undefined
  let chromium: Chromium | undefined
  let page: Page

  const traceOf = (model: string): DrivenTrace => {
    const trace = traces.get(model)
    if (trace === undefined) throw new Error(`there is no trace of ${model}`)
    return trace
  }

  beforeAll(async () => {
    module = await buildModule()
    for (const { model, packetFrames, channelCount, seconds } of cases) traces.set(model, makeDrivenTrace(model, packetFrames, channelCount, seconds))
    bundle = await bundleModule(fileURLToPath(new URL("jitter.worklet.ts", import.meta.url)))
    server = await servePages(new Map<string, string | Uint8Array>([
      ["/", '<!doctype html><title>jitter</title><link rel="icon" href="data:,">'],
      ["/jitter.worklet.js", bundle.code],
      ["/dsp.wasm", readFileSync(join(repositoryRoot, "dist/runtime/dsp/dsp.wasm"))],
      ...[...traces].flatMap(([model, trace]) => traceFiles(`/${model}`, trace)),
    ]))
    chromium = await startChromium()
    page = await chromium.openPage()
    page.on("pageerror", ({ message }) => void pageErrors.push(message))
    await page.goto(server.origin)
  }, 60_000)

  afterAll(async () => {
    await chromium?.close()
    await server?.close()
  })

  it("is one module that needs nothing of Node and loads nothing", () => {
    expect(bundle.imports).toEqual([])
    expect(bundle.code).not.toMatch(/node:|\brequire\b|\bimport\s*\(|\bprocess\b(?!\()/)
    expect(bundle.code).toContain('registerProcessor("jitter-trace"')
  })

  it("computes with what every engine computes alike", () => {
    const used = [...bundle.code.matchAll(/\bMath\.(\w+)\(/g)].map(([, name = ""]) => name)
    expect(used.length).toBeGreaterThan(20)
    expect(used.filter((name) => !exactMath.includes(name))).toEqual([])
    expect(bundle.code).not.toMatch(/[\w)\]] \*\* [\w(]/)
  })

  it("runs in a page that may share memory", async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  })

  it.each(cases.flatMap((each) => delays.map((delay) => [each.model, nameOf(delay), { ...each, delay }] as const)))(
    "makes of %s under %s what Node makes of it", async (model, _, { delay, happened, channelCount }) => {
      const trace = traceOf(model)
      const here = playHere(module, trace, delay)
      const there = await playTrace(page, `/${model}`, trace, delay)
      expect(there.processCalls).toBe(trace.pullCount)
      expect(there.figures).toEqual(here.figures)
      expect(there.hashes).toEqual(here.hashes)
      expect(there.hashes).toHaveLength(channelCount)
      expect(happened(here.figures), JSON.stringify(here.figures)).toBe(true)
    },
  )

  it("takes far less than a block lasts, by a clock that another thread keeps", async () => {
    const blockMs = (BLOCK_FRAMES * 1000) / RATE_HZ
    const { tookMs } = await playTrace(page, "/all", traceOf("all"), "steady", { timed: true })
    const sorted = tookMs.toSorted((a, b) => a - b)
    const meanMs = sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length
    const us = (ms: number | undefined): string => ((ms ?? NaN) * 1000).toFixed(0)
    const at = (share: number): string => us(sorted[Math.floor(share * sorted.length)])
    console.log(`a pull in Chromium ${chromium?.version}: mean ${us(meanMs)} us, p99 ${at(0.99)}, p99.9 ${at(0.999)}, worst ${us(sorted.at(-1))}, of ${us(blockMs)}`)
    expect(sorted).toHaveLength(traceOf("all").pullCount)
    expect(sorted[0]).toBeGreaterThanOrEqual(0)
    expect(meanMs).toBeGreaterThan(0)
    expect(meanMs).toBeLessThan(blockMs / 2)
  })

  it("keeps a live context's time, with the same figures", async () => {
    const trace = { ...traceOf("wifi-busy"), pullCount: 1125 }
    const lastsMs = (trace.pullCount * BLOCK_FRAMES * 1000) / RATE_HZ
    const here = playHere(module, trace, "steady")
    const there = await playTrace(page, "/wifi-busy", trace, "steady", { live: true })
    console.log(`live: ${there.processCalls} calls of process() for ${lastsMs} ms of audio in ${there.elapsedMs.toFixed(0)} ms, the longest under ${there.longestMs + 1} ms`)
    expect(there.processCalls).toBe(trace.pullCount)
    expect(there.figures).toEqual(here.figures)
    // It is the context that sets the pace: no faster than real time, and not far behind it on a machine shared with others.
    expect(there.elapsedMs).toBeGreaterThan(0.9 * lastsMs)
    expect(there.elapsedMs).toBeLessThan(3 * lastsMs)
  })

  it("threw nothing", () => {
    expect(pageErrors).toEqual([])
  })
})
