import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { startWatchdog } from "../../../src/actors/supervisor/watchdog.ts"
import { createThreadWords } from "../../../src/runtime/ring/thread-words.ts"

const LOOK_MS = 50

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Two threads that are watched, the time, and who was called hung when. */
const watch = () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const threads = [0, 1].map((index) => ({ words: createThreadWords(memory, index * 64), isAlive: true }))
  const hung: [number, number][] = []
  let aheadMs = 0
  const nowMs = (): number => Date.now() + aheadMs
  const end = startWatchdog(threads.map((thread, index) => ({
    words: thread.words, alive: () => thread.isAlive, hung: () => void hung.push([index, Date.now()]),
  })), nowMs)
  return {
    threads, hung, end,
    /** Lets time pass; those listed beat all along. */
    pass(ms: number, beating: readonly number[]): void {
      for (let passed = 0; passed < ms; passed += 10) {
        for (const index of beating) threads[index]!.words.beat()
        vi.advanceTimersByTime(10)
      }
    },
    /** The clock goes on while this process does not look. */
    sleep: (ms: number) => void (aheadMs += ms),
  }
}

describe("the watchdog", () => {
  it("says nothing of threads that beat", () => {
    const { pass, hung } = watch()
    pass(60_000, [0, 1])
    expect(hung).toEqual([])
  })

  it("calls a thread hung within 0.4 s of its last beat, and not before 0.2 s; the other is left in peace", () => {
    const { pass, hung } = watch()
    pass(1000, [0, 1])
    pass(400, [0])
    expect(hung.map(([index]) => index)).toEqual([1])
    expect(hung[0]![1] - 1000).toBeGreaterThanOrEqual(200)
  })

  it("forgives pauses that end in time, however many", () => {
    const { pass, hung } = watch()
    for (let i = 0; i < 100; i++) {
      pass(180, [1])
      pass(LOOK_MS, [0, 1])
    }
    expect(hung).toEqual([])
  })

  it("watches only what is at work", () => {
    const { pass, hung, threads } = watch()
    threads[0]!.isAlive = false
    pass(5000, [1])
    expect(hung).toEqual([])
    // From then on it has its time like any other.
    threads[0]!.isAlive = true
    pass(150, [1])
    expect(hung).toEqual([])
    pass(250, [1])
    expect(hung.map(([index]) => index)).toEqual([0])
  })

  it("does not take a machine that slept for threads that hang", () => {
    const { pass, hung, sleep } = watch()
    pass(1000, [0, 1])
    for (let i = 0; i < 20; i++) {
      pass(100, [])
      sleep(3_600_000)
    }
    expect(hung).toEqual([])
  })

  it("calls again when a thread goes on hanging, each time after a patience of its own", () => {
    const { pass, hung } = watch()
    pass(1000, [0, 1])
    pass(1000, [0])
    expect(hung.length).toBeGreaterThanOrEqual(3)
    const times = hung.map(([, at]) => at)
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(200)
  })

  it("is quiet once it is ended", () => {
    const { pass, hung, end } = watch()
    end()
    pass(5000, [])
    expect(hung).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
