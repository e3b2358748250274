/** How a buffer comes back after the network was silent for 50 ms or more, longer than its delay, and then well again. */
import { BLOCK_FRAMES, captureUs, RATE_HZ, type Delivery, type Trace, type TracePacket } from "./network.ts"
import { delaysUs, type Recording, type Run } from "./report.ts"

export interface Stall {
  /** Last arrival before it and first one after. */
  readonly fromUs: number
  readonly toUs: number
  /** Capture of the first packet that came after it. */
  readonly capturedUs: number
}

const STALL_US = 50_000
const BEFORE_US = 500_000
const CALM_US = 300_000
const CLEAN_US = 200_000
const NEAR_US = 5000
/** Who is not back after so long does not come back. */
const PATIENCE_US = 2_000_000
const JOIN_FRAMES = 0.5

/** Times in which packets were sent and none arrived. */
export function stallsOf(trace: Trace): Stall[] {
  const packetUs = (trace.packetFrames * 1e6) / RATE_HZ
  const found: Stall[] = []
  let sent = 0
  for (let i = 1; i < trace.deliveries.length; i++) {
    const fromUs = (trace.deliveries[i - 1] as Delivery).arrivalUs
    const { arrivalUs: toUs, packet } = trace.deliveries[i] as Delivery
    if (toUs - fromUs < STALL_US) continue
    let waiting = 0
    for (; sent < trace.packets.length && endUs(trace, trace.packets[sent] as TracePacket) < toUs; sent++) {
      if (endUs(trace, trace.packets[sent] as TracePacket) > fromUs) waiting++
    }
    if (waiting * packetUs >= STALL_US - packetUs) found.push({ fromUs, toUs, capturedUs: captureUs(trace, packet.mediaIndex) })
  }
  return found
}

const endUs = (trace: Trace, packet: TracePacket): number => captureUs(trace, packet.mediaIndex + trace.packetFrames)

/** Index of the first element that is not before. */
const firstNot = <Item>(list: readonly Item[], isBefore: (item: Item) => boolean): number => {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(list[middle] as Item)) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether the sender paused before a packet. */
const resumes = (trace: Trace, i: number): boolean =>
  i > 0 && (trace.packets[i] as TracePacket).mediaIndex - (trace.packets[i - 1] as TracePacket).mediaIndex > trace.packetFrames

/** Whether all that is sent soon after the stall comes, and before the pull that needs it at a delay. */
function isCalm(trace: Trace, stall: Stall, delayUs: number): boolean {
  const blockUs = (BLOCK_FRAMES * 1e6) / RATE_HZ
  const pullUs = (us: number): number => trace.firstPullUs + Math.floor((us - trace.firstPullUs) / blockUs) * blockUs
  const first = firstNot(trace.packets, (packet) => endUs(trace, packet) < stall.toUs)
  for (let i = first; i < trace.packets.length; i++) {
    const packet = trace.packets[i] as TracePacket
    const capturedUs = captureUs(trace, packet.mediaIndex)
    if (capturedUs > stall.toUs + CALM_US) return i > first && !resumes(trace, i)
    if (resumes(trace, i) || packet.arrivalUs === undefined || packet.arrivalUs > pullUs(capturedUs + delayUs)) return false
  }
  return false
}

const joins = (last: Run | undefined, run: Run): boolean =>
  last !== undefined && last.outFrom + last.outFrames === run.outFrom &&
  Math.abs(last.mediaFrom + last.mediaFrames - run.mediaFrom) < JOIN_FRAMES

interface Recovery {
  readonly waitUs: number
  readonly audioUs: number
  readonly gainedUs: number
}

function recover(trace: Trace, runs: readonly Run[], stall: Stall): Recovery | undefined {
  const outAt = (us: number): number => ((us - trace.firstPullUs) * RATE_HZ) / 1e6
  const frames = (us: number): number => (us * RATE_HZ) / 1e6
  const begin = firstNot(runs, (run) => run.outFrom + run.outFrames <= outAt(stall.toUs))
  let oldUs = 0
  let oldFrames = 0
  for (let i = begin - 1; i >= 0 && (runs[i] as Run).outFrom >= outAt(stall.fromUs - BEFORE_US); i--) {
    const run = runs[i] as Run
    if (run.outFrom > outAt(stall.fromUs)) continue
    oldUs += delaysUs(trace, run)[0] * run.outFrames
    oldFrames += run.outFrames
  }
  if (oldFrames < frames(BEFORE_US) / 2) return undefined
  oldUs /= oldFrames
  if (!isCalm(trace, stall, oldUs)) return undefined
  /** What was lost, not held, is missed until the first audio after it is due. */
  const backUs = Math.max(stall.toUs, stall.capturedUs + oldUs)
  const outEnd = (i: number): number => (runs[i] as Run).outFrom + (runs[i] as Run).outFrames
  let last = firstNot(runs, (run) => run.outFrom + run.outFrames <= outAt(stall.fromUs))
  while (last + 1 < runs.length && joins(runs[last], runs[last + 1] as Run)) last++
  if (last >= runs.length || outEnd(last) > outAt(backUs) + BLOCK_FRAMES) return undefined

  let cleanFrom = -1
  let played = 0
  let cleanFrames = 0
  let cleanUs = 0
  let before: Run | undefined
  for (let i = begin; i < runs.length; i++) {
    const run = runs[i] as Run
    if (run.outFrom > outAt(stall.toUs + PATIENCE_US)) break
    const [firstUs, lastUs] = delaysUs(trace, run)
    const joined = joins(before, run)
    const near = Math.max(firstUs, lastUs) <= oldUs + NEAR_US
    if (!joined || !near || cleanFrom < 0) {
      played += cleanFrames
      cleanFrames = 0
      cleanUs = 0
      cleanFrom = near ? run.outFrom : -1
      if (!near) played += run.outFrames
    }
    before = run
    if (!near) continue
    cleanFrames += run.outFrames
    cleanUs += firstUs * run.outFrames
    if (cleanFrames < frames(CLEAN_US)) continue
    const waitFrames = Math.max(0, cleanFrom - outAt(backUs))
    return { waitUs: (waitFrames * 1e6) / RATE_HZ, audioUs: (played * 1e6) / RATE_HZ, gainedUs: cleanUs / cleanFrames - oldUs }
  }
  return { waitUs: PATIENCE_US, audioUs: PATIENCE_US, gainedUs: 0 }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? NaN
}

export interface RecoveryScores {
  readonly recoveryMs: number
  readonly worstRecoveryMs: number
  readonly recoveryAudioMs: number
  readonly worstRecoveryAudioMs: number
  readonly ratchetMs: number
  readonly stalls: number
}

/** NaN where there was no stall to recover from. */
export function recoveries(trace: Trace, recording: Recording): RecoveryScores {
  const found = stallsOf(trace).map((stall) => recover(trace, recording.runs, stall)).filter((each) => each !== undefined)
  const waits = found.map((each) => each.waitUs / 1000)
  const audio = found.map((each) => each.audioUs / 1000)
  return {
    recoveryMs: median(waits),
    worstRecoveryMs: found.length === 0 ? NaN : Math.max(...waits),
    recoveryAudioMs: median(audio),
    worstRecoveryAudioMs: found.length === 0 ? NaN : Math.max(...audio),
    ratchetMs: found.reduce((sum, each) => sum + each.gainedUs / 1000, 0) / found.length,
    stalls: found.length,
  }
}
