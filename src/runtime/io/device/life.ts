/**
 * The end of an open device, told once: closed by its user, or lost (its process ended, it went away, it fell silent).
 *
 * A device that stalls is recognised by counting looks without a sign of life, not by a clock: a thread that was busy for a
 * second gets to see what had arrived meanwhile before it judges.
 */

/**
 * From a running device something is heard every few ms. A starting one may fill its buffer and then take seconds (PulseAudio's
 * null sink, when it was idle: 2 s), so only who has been heard of for half a second counts as running.
 */
const lookMs = 100
const looksRunning = 5
const looksStarting = 50
const looksToRun = 5

export interface DeviceLife {
  /** The device is open: from now on silence counts. */
  start(): void
  /** A sign of life. Realtime: allocates nothing */
  beat(): void
  /** Ends it with a reason, once: stops the device, then tells. */
  lose(reason: string): void
  close(): Promise<void>
  isOver(): boolean
}

/** stop   frees everything; called once */
export const createDeviceLife = (options: { readonly onLost: (reason: string) => void; readonly stop: () => Promise<void> }): DeviceLife => {
  let over: Promise<void> | undefined
  let beats = 0
  let quietLooks = 0
  let livelyLooks = 0
  let timer: NodeJS.Timeout | undefined
  const end = (): Promise<void> => {
    clearInterval(timer)
    over ??= options.stop()
    return over
  }
  const lose = (reason: string): void => {
    if (over !== undefined) return
    void end().then(() => options.onLost(reason))
  }
  const look = (): void => {
    quietLooks = beats === 0 ? quietLooks + 1 : 0
    if (beats > 0) livelyLooks++
    beats = 0
    const allowedLooks = livelyLooks >= looksToRun ? looksRunning : looksStarting
    if (quietLooks >= allowedLooks) lose(`the device gave no sign for ${allowedLooks * lookMs} ms`)
  }
  return {
    start: () => {
      if (over === undefined) timer = setInterval(look, lookMs)
    },
    beat: () => {
      beats++
    },
    lose,
    close: end,
    isOver: () => over !== undefined,
  }
}
