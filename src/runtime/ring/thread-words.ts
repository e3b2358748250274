/**
 * The few shared words of a thread: its doorbell, its heartbeat, a flag that a control message waits, and a word for tests.
 *
 * Doorbell: every producer adds one and wakes; the owner reads the count, looks for work, and sleeps only while the count is
 * still the one it read. A ring between the look and the sleep changes the count, so no wake-up is lost.
 */

const DOORBELL = 0
const HEARTBEAT = 1
const CONTROL = 2
const SABOTAGE = 3
const COLLECTIONS = 4
/** CPU time of the thread's last report, us, wrapping. */
const CPU_US = 5

export const THREAD_WORD_BYTES = 64

/** What a test may ask of a thread. */
export const Sabotage = { none: 0, throw: 1, exit: 2, hang: 3 } as const

/**
 * Timeouts up to 10 ms, in steps of 16 us. A fraction that is made for a call is boxed on the heap; these are there already, and
 * stay boxed since the list holds something else as well.
 */
const STEPS = 640
const STEPS_MS: readonly (number | undefined)[] = Array.from({ length: STEPS + 1 }, (_, step) => (step < STEPS ? (step * 16) / 1000 : undefined))

export interface ThreadWords {
  /** The owner: reads the count before it looks for work. */
  bellCount(): number
  /** The owner: sleeps until the bell rings, or `timeoutUs` (a whole number) has passed. Blocks the thread. */
  sleep(seen: number, timeoutUs: number): void
  /**
   * The owner, in a thread with an event loop: resolves when the bell rings. Without a timeout, since each would be a task for one
   * more thread to count down and to cancel.
   */
  sleepAsync(seen: number): Promise<unknown> | undefined
  /** Anyone: wakes the owner. */
  ring(): void
  /** The owner: says that it lives. */
  beat(): void
  beats(): number
  /** The control thread: says that a message waits in the port. The owner: looks, and clears before it drains. */
  raiseControl(): void
  controlRaised(): boolean
  clearControl(): void
  setSabotage(kind: number): void
  sabotage(): number
  countCollection(): void
  collections(): number
  setCpuUs(value: number): void
  cpuUs(): number
}

export function createThreadWords(memory: WebAssembly.Memory, at: number): ThreadWords {
  const words = new Int32Array(memory.buffer, at, THREAD_WORD_BYTES / 4)
  return {
    /* @hot */
    bellCount() {
      return Atomics.load(words, DOORBELL)
    },
    /* @hot */
    sleep(seen, timeoutUs) {
      if (timeoutUs <= 0) return
      const step = (timeoutUs + 15) >> 4
      Atomics.wait(words, DOORBELL, seen, step < STEPS ? STEPS_MS[step] : (timeoutUs >> 10) + 1)
    },
    sleepAsync(seen) {
      const wait = Atomics.waitAsync(words, DOORBELL, seen)
      return wait.async ? wait.value : undefined
    },
    /* @hot */
    ring() {
      Atomics.add(words, DOORBELL, 1)
      Atomics.notify(words, DOORBELL)
    },
    /* @hot */
    beat() {
      Atomics.add(words, HEARTBEAT, 1)
    },
    beats: () => Atomics.load(words, HEARTBEAT),
    raiseControl() {
      Atomics.store(words, CONTROL, 1)
      Atomics.add(words, DOORBELL, 1)
      Atomics.notify(words, DOORBELL)
    },
    /* @hot */
    controlRaised() {
      return Atomics.load(words, CONTROL) !== 0
    },
    clearControl: () => void Atomics.store(words, CONTROL, 0),
    setSabotage: (kind) => void Atomics.store(words, SABOTAGE, kind),
    sabotage: () => Atomics.exchange(words, SABOTAGE, 0),
    countCollection: () => void Atomics.add(words, COLLECTIONS, 1),
    collections: () => Atomics.load(words, COLLECTIONS),
    setCpuUs: (value) => void Atomics.store(words, CPU_US, value | 0),
    cpuUs: () => Atomics.load(words, CPU_US),
  }
}
