/**
 * Interarrival jitter: how unsteadily packets come, smoothed over sixteen.
 *
 * Thread: any, one at a time      Realtime: wait-free, allocates nothing
 * Source   RFC 3550 6.4.1, A.8; that a pause is not jitter is ours
 */

/** A step of transit time beyond this is a pause or a new timeline. */
const pauseSeconds = 1

export interface ArrivalJitter {
  /** Timestamp ticks. */
  readonly ticks: number
  note(arrivalUs: number, extTimestamp: number, rateHz: number): void
  /** The next packet is measured against nothing: a new run. */
  restart(): void
  reset(): void
}

class Jitter implements ArrivalJitter {
  ticks = 0
  private hasTransit = false
  private transitTicks = 0

  note(arrivalUs: number, extTimestamp: number, rateHz: number): void {
    const transitTicks = (arrivalUs * rateHz) / 1e6 - extTimestamp
    if (this.hasTransit) {
      const step = Math.abs(transitTicks - this.transitTicks)
      if (step < pauseSeconds * rateHz) this.ticks += (step - this.ticks) / 16
    }
    this.hasTransit = true
    this.transitTicks = transitTicks
  }

  restart(): void {
    this.hasTransit = false
  }

  reset(): void {
    this.ticks = 0
    this.hasTransit = false
    this.transitTicks = 0
  }
}

export const createArrivalJitter = (): ArrivalJitter => new Jitter()
