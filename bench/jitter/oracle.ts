/**
 * The clairvoyant receiver: knows the whole trace and chooses the delay of each packet so that delay + price * loss is least.
 *
 * A packet is played if it is there when its delay is over, else concealed. From packet to packet the delay may change freely by
 * `slewRate` of the packet's length (time-scaling that nobody hears) and, after a concealed packet, fall by one packet's length;
 * any other change of x costs the price of x of concealed audio, since so much is left out or invented. While the sender pauses
 * the delay may change to anything. Delays lie on a grid.
 *
 * Source   Moon, Kurose, Towsley 1998, with continuous audio in the place of talkspurts
 */
import { captureUs, RATE_HZ, type Trace } from "./network.ts"

/** Music: nobody hears it. Speech: as much as receivers that stretch time do. */
export const SLOW = 0.003
export const FAST = 0.1
/** 1 % concealed is worth 10 ms. */
export const PRICE_MS = 1000
export const GRID_MS = 0.25
/** Delays above the least by more than this are not worth looking at. */
const REACH_MS = 400

export interface OracleInput {
  /** Capture to arrival of each packet sent; Infinity: lost. */
  readonly delaysMs: Float64Array
  /** 1: the sender paused before this packet. */
  readonly resumes: Uint8Array
  readonly packetMs: number
}

export interface OraclePoint {
  readonly priceMs: number
  readonly delayMs: number
  readonly concealedPercent: number
  /** delayMs + priceMs * the concealed part */
  readonly costMs: number
}

export function oracleInput(trace: Trace): OracleInput {
  const { packets, packetFrames } = trace
  return {
    packetMs: (packetFrames * 1000) / RATE_HZ,
    delaysMs: Float64Array.from(packets, ({ arrivalUs, mediaIndex }) =>
      arrivalUs === undefined ? Infinity : (arrivalUs - captureUs(trace, mediaIndex)) / 1000),
    resumes: Uint8Array.from(packets, ({ mediaIndex }, i) =>
      i > 0 && mediaIndex - (packets[i - 1]?.mediaIndex ?? 0) > packetFrames ? 1 : 0),
  }
}

/** Cost and concealed packets of the best way to each level. */
interface Ways {
  readonly cost: Float64Array
  readonly lost: Float64Array
}

const ways = (levels: number): Ways => ({ cost: new Float64Array(levels), lost: new Float64Array(levels) })

/** Any level may be reached from any other at a price per step. */
function leap({ cost, lost }: Ways, stepCost: number, stepLost: number): void {
  for (let k = 1; k < cost.length; k++) {
    const by = (cost[k - 1] as number) + stepCost
    if (by >= (cost[k] as number)) continue
    cost[k] = by
    lost[k] = (lost[k - 1] as number) + stepLost
  }
  for (let k = cost.length - 2; k >= 0; k--) {
    const by = (cost[k + 1] as number) + stepCost
    if (by >= (cost[k] as number)) continue
    cost[k] = by
    lost[k] = (lost[k + 1] as number) + stepLost
  }
}

/** Each level `to` takes the best of levels to - below .. to + above, of the first `count`. */
function spread(from: Ways, to: Ways, count: number, below: number, above: number, queue: Int32Array): void {
  let head = 0
  let tail = 0
  let next = 0
  for (let k = 0; k < count; k++) {
    for (; next < count && next <= k + above; next++) {
      while (tail > head && (from.cost[queue[tail - 1] as number] as number) >= (from.cost[next] as number)) tail--
      queue[tail++] = next
    }
    while ((queue[head] as number) < k - below) head++
    const best = queue[head] as number
    to.cost[k] = from.cost[best] as number
    to.lost[k] = from.lost[best] as number
  }
}

const bestOf = (cost: Float64Array): number => {
  let best = 0
  for (let k = 1; k < cost.length; k++) if ((cost[k] as number) < (cost[best] as number)) best = k
  return best
}

/** The least level at which a packet is in time. */
const levelsOf = (input: OracleInput, gridMs: number): { leastMs: number; levels: Float64Array; count: number } => {
  const arriving = input.delaysMs.filter((delay) => delay < Infinity)
  const leastMs = arriving.reduce((least, delay) => Math.min(least, delay), Infinity)
  const mostMs = arriving.reduce((most, delay) => Math.max(most, delay), 0)
  return {
    leastMs,
    levels: input.delaysMs.map((delay) => Math.ceil((delay - leastMs) / gridMs - 1e-9)),
    count: Math.ceil(Math.min(mostMs - leastMs, REACH_MS) / gridMs) + 1,
  }
}

/** The best that can be done at a price of so many ms of delay for all audio concealed. */
export function oraclePoint(input: OracleInput, slewRate: number, priceMs: number, gridMs = GRID_MS): OraclePoint {
  const { leastMs, levels, count } = levelsOf(input, gridMs)
  const stepLost = gridMs / input.packetMs
  const shorten = Math.floor(input.packetMs / gridMs)
  const queue = new Int32Array(count)
  let now = ways(count)
  let spare = ways(count)
  let credit = 0
  for (let i = 0; i < levels.length; i++) {
    if (i > 0) {
      if (input.resumes[i] === 1) {
        const best = bestOf(now.cost)
        now.lost.fill(now.lost[best] as number)
        now.cost.fill(now.cost[best] as number)
      }
      leap(now, priceMs * stepLost, stepLost)
      credit += (slewRate * input.packetMs) / gridMs
      if (credit >= 1) {
        const steps = Math.floor(credit + 1e-9)
        credit -= steps
        spread(now, spare, count, steps, steps, queue)
        const swap = now
        now = spare
        spare = swap
      }
    }
    const { cost, lost } = now
    for (let k = 0; k < count; k++) cost[k] = (cost[k] as number) + leastMs + k * gridMs
    const late = Math.min(count, levels[i] as number)
    if (late === 0) continue
    for (let k = 0; k < late; k++) {
      cost[k] = (cost[k] as number) + priceMs
      lost[k] = (lost[k] as number) + 1
    }
    spread(now, spare, late, 0, shorten, queue)
    cost.set(spare.cost.subarray(0, late))
    lost.set(spare.lost.subarray(0, late))
  }
  const best = bestOf(now.cost)
  const costMs = (now.cost[best] as number) / levels.length
  const concealed = (now.lost[best] as number) / levels.length
  return { priceMs, costMs, concealedPercent: concealed * 100, delayMs: costMs - priceMs * concealed }
}

/** What a buffer's delay + 10 * concealed per cent is measured against. */
export const bestJ = (input: OracleInput, slewRate: number): number => oraclePoint(input, slewRate, PRICE_MS).costMs

const PRICES_MS = [30, 100, 250, 500, 1000, 2000, 5000, 15_000, 100_000]

/** The best delay at each loss, from the most loss on. */
export const frontier = (input: OracleInput, slewRate: number): OraclePoint[] =>
  PRICES_MS.map((priceMs) => oraclePoint(input, slewRate, priceMs, 2 * GRID_MS))
