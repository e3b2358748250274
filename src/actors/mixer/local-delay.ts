/**
 * How long a local source's blocks lie ready before they are mixed.
 *
 *   exact ──it is another clock──▶ following
 *
 * exact      Whole blocks, bit by bit. On the master's own clock the first block that is there is the first that is heard; after a
 *            gap a block more lies ready, which the gap itself makes room for. What has been left over for long the buffer takes
 *            away, unheard, and in whole blocks, too. Of another clock a block lies ready from the first.
 * following  The policy that is wished: the jitter buffer measures, and steers unheard. Until it has the drift a block lies ready beside
 *            what it finds needed: a clock that is slow brings every block closer to the moment in which it is too late.
 *
 * A delay that was asked for is kept, whatever comes.
 *
 * Thread: audio      Realtime: wait-free, allocates nothing after creation
 */
import { JITTER_POLICIES, type JitterPolicy } from "../../runtime/jitter/delay-target.ts"
import { LOOK_AHEAD } from "../../runtime/jitter/interpolator.ts"
import type { JitterBuffer } from "../../runtime/jitter/jitter-buffer.ts"
import { JitterStats } from "../../runtime/jitter/jitter-stats.ts"

export interface LocalDelayOptions {
  readonly buffer: JitterBuffer
  /** The buffer's. */
  readonly stats: Float64Array
  readonly rateHz: number
  readonly blockFrames: number
  /** The source ticks on the master's clock. */
  readonly oneClock: boolean
}

/** Its two setters take what is wished. */
export interface LocalDelay extends Pick<JitterBuffer, "setPolicy" | "setDelay"> {
  /** A stream begins: so many blocks have come at once, waited[0] frames before the pull that is next. */
  begin(blocks: number, waited: Float64Array): void
  /** A gap begins: the next pull will find nothing. */
  miss(): void
  /** After a pull that had all that it needed: so many frames are left over. Returns how many blocks are to be taken beside the next. */
  whole(leftFrames: number): number
  /** Far too much has been left over: the stream is to begin anew. */
  isFarTooMuch(): boolean
  /** After every pull. */
  pulled(): void
}

/** A source that begins so shortly before it is needed waits for the next round, s. */
const SHORT_SECONDS = 0.0003
/** Clocks differ by no more than this. */
const MOST_DRIFT = 300e-6
/** Another clock is followed after so long: until then the buffer supposes more jitter than there is here. */
const TRIAL_SECONDS = 3
/** By now the buffer has found a drift that it can follow, or there is none. */
const KNOWN_SECONDS = 12
/** How long the earliest arrival is remembered, of which a slow clock has come to be late since. */
const FLOOR_SECONDS = 4.5
/** What a delay at rest may be off by, a drift too slow to be followed included, s. */
const REST_SECONDS = 0.0006
/** Steering for so long follows drift, and nothing else. */
const DRIFT_SECONDS = 6
/** On one clock, so many blocks have been left over for so long: more than enough. It takes the buffer so long to correct that. */
const LEFT_BLOCKS = 2
const LEFT_SECONDS = 10
const CORRECTING_SECONDS = 8
/** Far too many, for so long: it begins anew. */
const FAR_BLOCKS = 5
const FAR_SECONDS = 1
const SETTLING_FRAMES = 0.8
/** So much more is not left for a better moment by the buffer, s: the delay grows in the gap that begins. */
const URGENT_SECONDS = 0.02
const MOST_ROUNDS = 0x3fffffff

export function createLocalDelay({ buffer, stats, rateHz, blockFrames, oneClock }: LocalDelayOptions): LocalDelay {
  const framesPerMs = rateHz / 1000
  const roundsOf = (seconds: number): number => Math.round((seconds * rateHz) / blockFrames)
  const trialRounds = roundsOf(TRIAL_SECONDS)
  const knownRounds = roundsOf(KNOWN_SECONDS)
  const driftRounds = roundsOf(DRIFT_SECONDS)
  const leftRounds = roundsOf(LEFT_SECONDS)
  const farRounds = roundsOf(FAR_SECONDS)
  const correctingRounds = roundsOf(CORRECTING_SECONDS)
  const memoryRounds = { tight: 0, steady: 0, safe: 0 }
  for (const name of ["tight", "steady", "safe"] as const) memoryRounds[name] = roundsOf(JITTER_POLICIES[name].memorySeconds)
  const shortFrames = SHORT_SECONDS * rateHz
  /** What another clock needs to begin with, from the earliest arrival, and how much more while its drift is not known. */
  const firstFrames = blockFrames + LOOK_AHEAD + MOST_DRIFT * TRIAL_SECONDS * rateHz
  const moreMs = MOST_DRIFT * (FLOOR_SECONDS - TRIAL_SECONDS) * 1000
  const blockMs = blockFrames / framesPerMs
  /** What a buffer that keeps a delay leaves as it is, beyond it: blocks lie on a grid, and it looks ahead. */
  const own = blockFrames - 1 + LOOK_AHEAD
  /** The delay that is kept, ms. */
  const kept = new Float64Array(1)
  /** What is wished, ms: a delay, or the bounds of a policy's. */
  const wished = Float64Array.of(0, NaN)
  let policy: JitterPolicy = "steady"
  let asked = false
  let following = false
  let raised = false
  /** The buffer has the drift. */
  let hasDrift = false
  let young = false
  let sinceGap = MOST_ROUNDS
  let rounds = 0
  let steered = 0
  let leftOver = 0
  let correcting = 0
  let farFor = 0
  let leastLeft = MOST_ROUNDS

  /* @hot */
  function apply(): void {
    const least = wished[0] as number
    if (asked) return buffer.setDelay(least)
    if (!following) return buffer.setDelay(Math.max(least, kept[0] as number))
    const ready = hasDrift ? 0 : young ? (kept[0] as number) + moreMs : blockMs + REST_SECONDS * 1000
    buffer.setPolicy(policy, Math.max(least, ready), (wished[1] as number) >= 0 ? Math.max(wished[1] as number, ready) : undefined)
  }

  /** Longest delay that may be learnt from gaps, ms. */
  /* @hot */
  function mostMs(): number {
    return (wished[1] as number) >= 0 ? (wished[1] as number) : JITTER_POLICIES[policy].maxDelayMs
  }

  /** Has the buffer take away as many blocks as were never needed. Returns how many it is to be given for that. */
  /* @hot */
  function shrink(): number {
    const has = ((stats[JitterStats.currentDelayUs] as number) * framesPerMs) / 1000
    const blocks = Math.floor(leastLeft / blockFrames) - 1
    // What is below the buffer's own is not corrected: there a block stays.
    const stays = has < own + 1 ? blockFrames : 0
    if (blocks * blockFrames <= stays) return 0
    // It stops a little before, and comes to rest on the nearest frame.
    kept[0] = Math.max(0, has + stays - own - SETTLING_FRAMES) / framesPerMs
    correcting = correctingRounds
    apply()
    return blocks
  }

  /** While exact, on one clock. */
  /* @hot */
  function watch(leftFrames: number): number {
    if (leftFrames < leastLeft) leastLeft = leftFrames
    farFor = leftFrames >= FAR_BLOCKS * blockFrames ? farFor + 1 : 0
    if (correcting > 0) correcting--
    else center()
    if (++leftOver < leftRounds) return 0
    const blocks = leastLeft >= LEFT_BLOCKS * blockFrames ? shrink() : 0
    leftOver = 0
    leastLeft = MOST_ROUNDS
    return blocks
  }

  /** Keeps the delay that there is: were it off by a block, a gap or the buffer would correct it. */
  /* @hot */
  function center(): void {
    const hasMs = (stats[JitterStats.currentDelayUs] as number) / 1000
    const moreMs = hasMs - (kept[0] as number)
    if (moreMs >= 0 && moreMs <= blockMs) return
    kept[0] = Math.max(0, hasMs - blockMs / 2)
    apply()
  }

  /** While following. A playhead that rests, or that has come to where it should be, follows no drift. */
  /* @hot */
  function learn(): void {
    const isYoung = young && rounds < knownRounds
    const has = !isYoung && steered >= driftRounds
    if (has === hasDrift && isYoung === young) return
    hasDrift = has
    young = isYoung
    apply()
  }

  return {
    /* @hot */
    begin(blocks, waited) {
      const wait = waited[0] as number
      following = false
      raised = false
      rounds = 0
      steered = 0
      sinceGap = MOST_ROUNDS
      leftOver = 0
      correcting = 0
      farFor = 0
      leastLeft = MOST_ROUNDS
      // The playhead comes to stand where a block begins: with the first that is there, or a block later.
      const first = oneClock ? (wait < shortFrames ? blockFrames / 2 : 0) : firstFrames
      kept[0] = ((blocks - 1) * blockFrames + first) / framesPerMs
      apply()
    },
    /* @hot */
    miss() {
      const again = sinceGap < memoryRounds[policy]
      sinceGap = 0
      if (asked || following) return
      // From the earliest arrival to the playhead.
      const hasMs = (stats[JitterStats.currentDelayUs] as number) / 1000
      if ((!again && hasMs >= blockMs) || hasMs + blockMs > mostMs()) return
      raised = true
      kept[0] = hasMs + blockMs / 2
      buffer.setDelay(hasMs + URGENT_SECONDS * 1000)
    },
    /* @hot */
    whole(leftFrames) {
      rounds = Math.min(rounds + 1, MOST_ROUNDS)
      steered = stats[JitterStats.ratePpm] === 0 ? 0 : Math.min(steered + 1, MOST_ROUNDS)
      if (asked) return 0
      if (following) learn()
      else if (oneClock) return watch(leftFrames)
      else if (rounds >= trialRounds) {
        following = true
        young = true
        hasDrift = false
        apply()
      }
      return 0
    },
    /* @hot */
    isFarTooMuch() {
      return !asked && farFor >= farRounds && (wished[0] as number) === 0
    },
    /* @hot */
    pulled() {
      sinceGap = Math.min(sinceGap + 1, MOST_ROUNDS)
      if (!raised) return
      raised = false
      apply()
    },
    /* @hot */
    setPolicy(to, minMs, maxMs) {
      if (asked && oneClock) kept[0] = 0
      else if (asked) following = true
      asked = false
      policy = to
      wished[0] = minMs ?? 0
      wished[1] = maxMs ?? NaN
      apply()
    },
    /* @hot */
    setDelay(delayMs) {
      asked = true
      wished[0] = delayMs
      apply()
    },
  }
}
