/**
 * The far end of one tap: takes its blocks and gives them to the plugin's sink, which is opened with the first block that carries
 * anything. On a peer's strip the sink waits a moment for the peer's name, while the ring keeps the audio, and ends when the peer
 * has left, so that the next singer in that slot gets a file of their own.
 *
 * Blocks stay in the ring until the sink has made them safe (its `tick`): a thread that dies in between loses nothing, since its
 * successor is given them again and knows by their positions which ones it has.
 *
 * Thread: tap      Realtime: no
 */
import type { PluginModule, TapContext, TapSink } from "../../runtime/graph/plugin.ts"
import { BlockFlag, blockViews, createBlockReader, type BlockRingPlan } from "../../runtime/ring/block-ring.ts"

export interface TapEndOptions {
  readonly memory: WebAssembly.Memory
  readonly ring: BlockRingPlan
  readonly module: PluginModule
  readonly place: string
  readonly onPeer: boolean
  readonly context: (place: string, channelCount: number) => TapContext
}

/** Blocks that may wait for a name: a second of 128-frame blocks. */
const PATIENCE_BLOCKS = 375

export function createTapEnd(options: TapEndOptions) {
  const { memory, ring, module } = options
  const reader = createBlockReader(memory, ring)
  const views = blockViews(memory, ring)
  const mono = views.map((planes) => [planes[0] as Float32Array])
  let place = options.onPeer ? undefined : options.place
  let sink: TapSink | undefined
  let channelCount = 2
  /** Blocks given to the sink and not yet safe. */
  let taken = 0

  const settle = (): void => {
    sink?.tick()
    for (; taken > 0; taken--) reader.release()
  }

  const open = (flags: number): void => {
    channelCount = (flags & BlockFlag.mono) !== 0 ? 1 : 2
    sink = module.openTap?.(options.context(place ?? options.place, channelCount))
  }

  const takeOne = (slot: number): void => {
    const flags = reader.read(slot)
    if (sink === undefined && ((flags & BlockFlag.waiting) === 0 || !options.onPeer)) open(flags)
    const planes = channelCount === 1 ? mono : views
    sink?.write(planes[slot] as readonly Float32Array[], ring.blockFrames, reader.meta[0] as number)
  }

  const mustWait = (slot: number): boolean =>
    place === undefined && sink === undefined && (reader.read(slot) & BlockFlag.waiting) === 0
    && reader.level() < Math.min(PATIENCE_BLOCKS, ring.capacity / 2)

  const drain = (patient: boolean): void => {
    for (let slot = reader.slotAt(taken); slot >= 0; slot = reader.slotAt(taken)) {
      if (patient && mustWait(slot)) return
      takeOne(slot)
      taken++
      if (taken > ring.capacity / 2) settle()
    }
  }

  const close = (): void => {
    drain(false)
    sink?.close()
    settle()
  }

  return {
    /** Takes all that is there. */
    drain: (): void => drain(true),
    named(name: string): void {
      place = name
    },
    left(): void {
      close()
      sink = undefined
      place = undefined
    },
    /** About ten times a second: what was taken is made safe and given back. */
    tick: settle,
    status: () => sink?.status(),
    place: () => place ?? options.place,
    close,
  }
}

export type TapEnd = ReturnType<typeof createTapEnd>
