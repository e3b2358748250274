/**
 * The faders: what each strip, seat, bus and the master are set to, who sits in which seat, and from that the gains of every lane.
 *
 * A channel is one set of controls with its chain: one a strip, then one a seat. A strip uses its own channel until it is bound to a
 * seat. A seat keeps its settings while nobody sits in it; a strip's own are set to "*" again with every bind to -1. Binding fades
 * the strip out over one block, switches, fades in. A strip is heard when it is not muted, and solo, if any strip is.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { dbToGain, msToFrames, panGain } from "../units.ts"
import { MixOp } from "./commands.ts"
import type { Lanes } from "./lanes.ts"
import { createLanes } from "./lanes.ts"
import { levelFields, stripFields } from "./levels.ts"
import type { MixPlan } from "./plan.ts"

const RAMP_MS = 20

/** A bind's course: none; begins with the next block; that block has faded out. */
const Bind = { none: 0, asked: 1, faded: 2 } as const

export interface Desk {
  readonly lanes: Lanes
  /** Lane of a strip to the master; those to the buses follow it, in order. */
  stripLane(strip: number): number
  busLane(bus: number): number
  readonly masterLane: number
  /** Index of the chain that a strip goes through, or -1. */
  chainOf(strip: number): number
  /** Once a block, before it: completes binds, moves all lanes on. */
  step(): void
  /** Whether a bind was completed with this block's `step`. */
  switched(strip: number): boolean
  /** Carries out a record; false for what is not about the desk, or about nothing that there is. */
  command(record: Float64Array): boolean
}

/** Statistics pages; they say how the controls stand. */
export interface DeskPages {
  readonly strips: readonly Float64Array[]
  readonly buses: readonly Float64Array[]
  readonly master: Float64Array
}

export function createDesk(plan: MixPlan, pages: DeskPages): Desk {
  const stripCount = plan.strips.length
  const busCount = plan.buses.length
  const laneStride = 1 + busCount
  const firstBusLane = stripCount * laneStride
  const masterLane = firstBusLane + busCount
  const lanes = createLanes(masterLane + 1)
  const blocksOf = (overMs: number): number => Math.max(1, Math.ceil(msToFrames(overMs, plan.rateHz) / plan.blockFrames))
  const rampBlocks = blocksOf(RAMP_MS)

  const channels = [...plan.strips, ...plan.seats]
  const channelCount = channels.length
  const gain = new Float64Array(channelCount)
  const pan = new Float64Array(channelCount)
  const muted = new Uint8Array(channelCount)
  const solo = new Uint8Array(channelCount)
  const sends = new Float64Array(channelCount * busCount)
  const chains = Int32Array.from(channels, (channel) => channel.chain)
  const specGain = Float64Array.from(channels, ({ spec }) => dbToGain(spec.gainDb))
  const specPan = Float64Array.from(channels, ({ spec }) => spec.pan)
  const specMuted = Uint8Array.from(channels, ({ spec }) => (spec.mute ? 1 : 0))
  const specSends = Float64Array.from(channels.flatMap(({ spec }) =>
    plan.buses.map(({ name }) => (Object.hasOwn(spec.sends, name) ? dbToGain(spec.sends[name] as number) : 0))))
  const isPeer = Uint8Array.from(plan.strips, ({ kind }) => (kind === "peer" ? 1 : 0))
  const channelOf = Int32Array.from(plan.strips, ({ index }) => index)
  const nextChannel = Int32Array.from(channelOf)
  const bind = new Uint8Array(stripCount)
  const switched = new Uint8Array(stripCount)
  const busGain = Float64Array.from(plan.buses, ({ spec }) => dbToGain(spec.gainDb))
  let masterGain = dbToGain(plan.master.spec.gainDb)
  let fade = 1
  let soloing = false

  /* @hot */
  const restoreSpec = (channel: number): void => {
    gain[channel] = specGain[channel] as number
    pan[channel] = specPan[channel] as number
    muted[channel] = specMuted[channel] as number
    solo[channel] = 0
    for (let i = channel * busCount; i < (channel + 1) * busCount; i++) sends[i] = specSends[i] as number
  }

  /** Says in a strip's page how its controls stand. */
  /* @hot */
  const publish = (strip: number): void => {
    const page = pages.strips[strip] as Float64Array
    const channel = nextChannel[strip] as number
    page[stripFields.gain] = gain[channel] as number
    page[stripFields.pan] = pan[channel] as number
    page[stripFields.muted] = muted[channel] as number
    page[stripFields.solo] = solo[channel] as number
    page[stripFields.seat] = channel < stripCount ? -1 : channel - stripCount
  }

  /** Takes a strip's lanes to where its controls stand; to silence while it changes its channel. */
  /* @hot */
  const aim = (strip: number, blockCount: number): void => {
    const channel = channelOf[strip] as number
    const heard = bind[strip] === Bind.none && muted[channel] === 0 && (!soloing || solo[channel] === 1)
    const level = heard ? gain[channel] as number : 0
    const left = level * panGain(pan[channel] as number)
    const right = level * panGain(-(pan[channel] as number))
    const lane = strip * laneStride
    lanes.aim(lane, left, right, blockCount)
    for (let bus = 0; bus < busCount; bus++) {
      const send = sends[channel * busCount + bus] as number
      lanes.aim(lane + 1 + bus, left * send, right * send, blockCount)
    }
  }

  /** Looks whether any strip is solo; if that changed, all strips move. Returns whether they did. */
  /* @hot */
  const weighSolo = (): boolean => {
    let any = false
    for (let strip = 0; strip < stripCount; strip++) any = any || solo[channelOf[strip] as number] === 1
    if (any === soloing) return false
    soloing = any
    for (let strip = 0; strip < stripCount; strip++) if (bind[strip] === Bind.none) aim(strip, rampBlocks)
    return true
  }

  /** After a change of a channel's controls. */
  /* @hot */
  const changed = (channel: number): void => {
    const moved = weighSolo()
    for (let strip = 0; strip < stripCount; strip++) {
      if (nextChannel[strip] !== channel) continue
      publish(strip)
      if (!moved && bind[strip] === Bind.none) aim(strip, rampBlocks)
    }
  }

  /** The channel that a strip command is about; -1 for none. */
  /* @hot */
  const subject = (number: number): number => {
    if (!(number >= 0 && number < channelCount)) return -1
    return number < stripCount ? nextChannel[number] as number : number
  }

  /* @hot */
  const startBind = (strip: number, channel: number): void => {
    if (channel < stripCount) restoreSpec(channel)
    nextChannel[strip] = channel
    bind[strip] = Bind.asked
    aim(strip, 1)
    publish(strip)
  }

  /** A seat has one place: who sat there gets up. */
  /* @hot */
  const bindStrip = (strip: number, seat: number): boolean => {
    if (!(strip >= 0 && strip < stripCount && seat >= -1 && seat < channelCount - stripCount) || isPeer[strip] === 0) return false
    const channel = seat < 0 ? strip : stripCount + seat
    for (let sitting = 0; sitting < stripCount; sitting++) {
      if (sitting !== strip && nextChannel[sitting] === channel) startBind(sitting, sitting)
    }
    startBind(strip, channel)
    return true
  }

  /* @hot */
  const aimMaster = (blockCount: number): void => {
    pages.master[levelFields.gain] = masterGain
    lanes.aim(masterLane, masterGain * fade, masterGain * fade, blockCount)
  }

  /* @hot */
  const setControl = (values: Float64Array | Uint8Array, number: number, value: number): boolean => {
    const channel = subject(number)
    if (channel < 0 || value !== value) return false
    values[channel] = value
    changed(channel)
    return true
  }

  for (let channel = 0; channel < channelCount; channel++) restoreSpec(channel)
  for (let strip = 0; strip < stripCount; strip++) {
    publish(strip)
    aim(strip, 1)
  }
  for (let bus = 0; bus < busCount; bus++) {
    ;(pages.buses[bus] as Float64Array)[levelFields.gain] = busGain[bus] as number
    lanes.aim(firstBusLane + bus, busGain[bus] as number, busGain[bus] as number, 1)
  }
  aimMaster(1)
  // The first block begins where the preset stands, not with a ramp to it.
  for (let lane = 0; lane <= masterLane; lane++) lanes.step(lane)

  return {
    lanes,
    masterLane,
    /* @hot */
    stripLane(strip) {
      return strip * laneStride
    },
    /* @hot */
    busLane(bus) {
      return firstBusLane + bus
    },
    /* @hot */
    chainOf(strip) {
      return chains[channelOf[strip] as number] as number
    },
    /* @hot */
    step() {
      let anySwitched = false
      for (let strip = 0; strip < stripCount; strip++) {
        switched[strip] = 0
        if (bind[strip] === Bind.asked) bind[strip] = Bind.faded
        else if (bind[strip] === Bind.faded) {
          channelOf[strip] = nextChannel[strip] as number
          bind[strip] = Bind.none
          switched[strip] = 1
          anySwitched = true
        }
      }
      if (anySwitched) {
        weighSolo()
        for (let strip = 0; strip < stripCount; strip++) if (switched[strip] === 1) aim(strip, rampBlocks)
      }
      for (let lane = 0; lane <= masterLane; lane++) lanes.step(lane)
    },
    /* @hot */
    switched(strip) {
      return switched[strip] === 1
    },
    /* @hot */
    command(record) {
      const first = record[1] as number
      const second = record[2] as number
      const third = record[3] as number
      switch (record[0]) {
        case MixOp.stripGain: return setControl(gain, first, second)
        case MixOp.stripPan: return setControl(pan, first, second)
        case MixOp.stripMute: return setControl(muted, first, second === 0 ? 0 : 1)
        case MixOp.stripSolo: return setControl(solo, first, second === 0 ? 0 : 1)
        case MixOp.stripSend: {
          const channel = subject(first)
          if (channel < 0 || !(second >= 0 && second < busCount) || third !== third) return false
          sends[channel * busCount + second] = third
          changed(channel)
          return true
        }
        case MixOp.busGain:
          if (!(first >= 0 && first < busCount) || second !== second) return false
          busGain[first] = second
          ;(pages.buses[first] as Float64Array)[levelFields.gain] = second
          lanes.aim(firstBusLane + first, second, second, rampBlocks)
          return true
        case MixOp.masterGain:
          if (first !== first) return false
          masterGain = first
          aimMaster(Math.max(rampBlocks, lanes.remaining(masterLane)))
          return true
        case MixOp.bind: return bindStrip(first, second)
        case MixOp.fade:
          fade = first === 0 ? 0 : 1
          aimMaster(blocksOf(second))
          return true
        default: return false
      }
    },
  }
}
