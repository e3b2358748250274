/**
 * Renders the mix, one block a call:
 *
 *   strip: input → chain → meter ─(fader, pan)─┬─▶ mix ─(master fader)─▶ master chain → meter → output
 *                                              └─(send)─▶ bus: chain → meter ─(fader)─▶ mix
 *
 * The kernel is called once for all strips into the mix, once a bus for its sends, once for all buses into the mix. With every
 * gain at 1 and no inserts, samples pass unchanged.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import type { BlockRingPlan } from "../ring/block-ring.ts"
import { BlockFlag } from "../ring/block-ring.ts"
import { openStats } from "../ring/stats-page.ts"
import type { Chain } from "./chain.ts"
import { createChain } from "./chain.ts"
import { MixOp } from "./commands.ts"
import { createDesk } from "./desk.ts"
import { createMixRows } from "./lanes.ts"
import type { RendererLayout } from "./layout.ts"
import { createMeter, Level, levelFields, stripFields } from "./levels.ts"
import type { Processors } from "./load.ts"
import type { MixPlan } from "./plan.ts"
import type { SlotHost } from "./plugin-slot.ts"

export interface RendererOptions extends Pick<SlotHost, "dsp" | "memory" | "journal" | "readClock"> {
  readonly plan: MixPlan
  /** planRendererMemory(plan, base) */
  readonly layout: RendererLayout
  readonly processors: Processors
  /** By tap; two channels of the plan's block, see tapRingBlocks. */
  readonly tapRings: readonly BlockRingPlan[]
}

export interface Renderer {
  /** Addresses of the finished block, always the same. */
  readonly outLeft: number
  readonly outRight: number
  /**
   * Gives a strip its source for the next `render` only; a strip without one waits.
   * left, right  addresses of blocks that stay as they are until `render` returns; mono: both the same
   * flags        BlockFlag; with `silent` or `waiting` the addresses are not read
   */
  setInput(strip: number, left: number, right: number, flags: number): void
  /** Carries out a record of the command ring (commands.ts). False: it is about nothing that there is. */
  command(record: Float64Array): boolean
  /** [0]: party frame of the next block's first frame. In an array, since a large number that crosses a call is boxed. */
  readonly position: Float64Array
  render(): void
  /** What a plugin last threw, for a person to read. Not for the hot loop. */
  thrown(chain: number, slot: number): unknown
}

export function createRenderer(options: RendererOptions): Renderer {
  const { dsp, memory, plan, layout, processors, tapRings, journal, readClock } = options
  const { rateHz, blockFrames } = plan
  const planeBytes = blockFrames * 4
  const position = new Float64Array(1)
  const host: SlotHost = { dsp, memory, rateHz, blockFrames, journal, readClock, meter: layout.meter, position }
  const chains = plan.chains.map((chain, index) => createChain(host, {
    plan: chain, loaded: processors[index] ?? [], buffers: layout.chains[index] ?? -1, tapRings, pages: layout.slotPages[index] ?? [],
  }))
  /** For strips without inserts; it remembers nothing, so one serves all. */
  const wire = createChain(host, {
    plan: { index: -1, owner: { kind: "strip", index: -1 }, place: "", slots: [], channelCounts: [1, 2] },
    loaded: [], buffers: -1, tapRings, pages: [],
  })
  const masterChain = chains[plan.master.chain] ?? wire
  const busChains = plan.buses.map((bus) => chains[bus.chain] ?? wire)
  const stripPages = layout.stripPages.map((at) => openStats(memory, at, stripFields))
  const busPages = layout.busPages.map((at) => openStats(memory, at, levelFields))
  const masterPage = openStats(memory, layout.masterPage, levelFields)
  const desk = createDesk(plan, { strips: stripPages, buses: busPages, master: masterPage })
  const { lanes, masterLane } = desk
  const meter = createMeter(dsp, memory, layout.meter, rateHz, blockFrames)
  const rows = createMixRows(memory, layout.rows, layout.rowCapacity, lanes)

  const stripCount = plan.strips.length
  const busCount = plan.buses.length
  const inLeft = new Int32Array(stripCount)
  const inRight = new Int32Array(stripCount)
  const inFlags = new Int32Array(stripCount).fill(BlockFlag.waiting)
  /** Behind the chain; a left of 0 (never an address of audio) for a strip with nothing to give. */
  const stripLeft = new Int32Array(stripCount)
  const stripRight = new Int32Array(stripCount)
  const mixLeft = layout.mix
  const mixRight = layout.mix + planeBytes
  const fadedLeft = layout.master
  const fadedRight = layout.master + planeBytes
  let mixHasSound = false

  /* @hot */
  const chainAt = (index: number): Chain => (index < 0 ? wire : chains[index] as Chain)

  /* @hot */
  const clear = (left: number): void => {
    dsp.clear(left, blockFrames)
    dsp.clear(left + planeBytes, blockFrames)
  }

  /* @hot */
  const renderStrips = (): void => {
    for (let strip = 0; strip < stripCount; strip++) {
      const chain = chainAt(desk.chainOf(strip))
      const page = stripPages[strip] as Float64Array
      if (desk.switched(strip)) chain.reset()
      chain.process(inLeft[strip] as number, inRight[strip] as number, inFlags[strip] as number)
      inFlags[strip] = BlockFlag.waiting
      stripLeft[strip] = 0
      if (chain.resting) {
        meter.rest(page)
        continue
      }
      const level = meter.measure(chain.left, chain.right, page)
      chain.hushed = level === Level.hushed
      if (level === Level.broken) continue
      stripLeft[strip] = chain.left
      stripRight[strip] = chain.right
    }
  }

  /** Adds every strip that gives anything to the stereo buffer at `out`. offset  lane from the strip's first. Returns the rows. */
  /* @hot */
  const mixStrips = (offset: number, out: number): number => {
    rows.begin()
    for (let strip = 0; strip < stripCount; strip++) {
      const left = stripLeft[strip] as number
      if (left !== 0) rows.add(left, stripRight[strip] as number, desk.stripLane(strip) + offset)
    }
    const rowCount = rows.count()
    if (rowCount === 0) return 0
    clear(out)
    dsp.mix(rows.at, rowCount, out, out + planeBytes, blockFrames)
    return rowCount
  }

  /** Every bus's sends through its chain. */
  /* @hot */
  const renderBuses = (): void => {
    for (let bus = 0; bus < busCount; bus++) {
      const at = layout.buses[bus] as number
      const chain = busChains[bus] as Chain
      const page = busPages[bus] as Float64Array
      const flags = mixStrips(1 + bus, at) === 0 ? BlockFlag.silent : 0
      chain.process(at, at + planeBytes, flags)
      if (chain.resting) {
        meter.rest(page)
        continue
      }
      const level = meter.measure(chain.left, chain.right, page)
      chain.hushed = level === Level.hushed
      // A sum too large for a float: nothing that the master should hear.
      if (level === Level.broken) chain.resting = true
    }
  }

  /* @hot */
  const mixBuses = (): void => {
    rows.begin()
    for (let bus = 0; bus < busCount; bus++) {
      const chain = busChains[bus] as Chain
      if (!chain.resting) rows.add(chain.left, chain.right, desk.busLane(bus))
    }
    if (rows.count() === 0) return
    dsp.mix(rows.at, rows.count(), mixLeft, mixRight, blockFrames)
    mixHasSound = true
  }

  /** The mix, by the master's fader. */
  /* @hot */
  const fadeMaster = (): void => {
    if (lanes.unity(masterLane)) {
      dsp.copy(fadedLeft, mixLeft, blockFrames)
      dsp.copy(fadedRight, mixRight, blockFrames)
      return
    }
    clear(fadedLeft)
    rows.begin()
    rows.add(mixLeft, mixRight, masterLane)
    dsp.mix(rows.at, rows.count(), fadedLeft, fadedRight, blockFrames)
  }

  /* @hot */
  const renderMaster = (): void => {
    masterChain.process(fadedLeft, fadedRight, mixHasSound ? 0 : BlockFlag.silent)
    if (masterChain.resting) {
      clear(self.outLeft)
      meter.rest(masterPage)
      return
    }
    const level = meter.measure(masterChain.left, masterChain.right, masterPage)
    masterChain.hushed = level === Level.hushed
    if (level === Level.broken) clear(self.outLeft)
  }

  // Each processor goes from one of the chain's buffers to the other: that tells where the last one ends.
  const processingSlots = plan.chains[plan.master.chain]?.slots.filter((slot) => slot.tap < 0).length ?? 0
  const masterBuffers = layout.chains[plan.master.chain] ?? -1
  const outLeft = processingSlots === 0 ? fadedLeft : masterBuffers + (processingSlots % 2) * 2 * planeBytes
  const self: Renderer = {
    position,
    outLeft,
    outRight: outLeft + planeBytes,
    /* @hot */
    setInput(strip, left, right, flags) {
      inLeft[strip] = left
      inRight[strip] = right
      inFlags[strip] = flags
    },
    /* @hot */
    command(record) {
      if (record[0] !== MixOp.param) return desk.command(record)
      const chain = chains[record[1] as number]
      return chain !== undefined && chain.set(record[2] as number, record[3] as number, record[4] as number)
    },
    /* @hot */
    render() {
      desk.step()
      renderStrips()
      mixHasSound = mixStrips(0, mixLeft) > 0
      if (!mixHasSound) clear(mixLeft)
      renderBuses()
      mixBuses()
      fadeMaster()
      renderMaster()
    },
    thrown: (chain, slot) => chains[chain]?.thrown(slot),
  }
  return self
}
