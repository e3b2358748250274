import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createDeviceLife } from "../../../../src/runtime/io/device/life.ts"

const make = () => {
  const events: string[] = []
  const life = createDeviceLife({
    onLost: (reason) => void events.push(`lost: ${reason}`),
    stop: async () => void events.push("stopped"),
  })
  return { events, life }
}

describe("a device's life", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("ends once: stopped first, then told, and never told again", async () => {
    const { events, life } = make()
    life.lose("gone")
    life.lose("gone again")
    await life.close()
    await vi.advanceTimersByTimeAsync(10)
    expect(events).toEqual(["stopped", "lost: gone"])
    expect(life.isOver()).toBe(true)
  })

  it("tells nobody when it was closed", async () => {
    const { events, life } = make()
    life.start()
    await Promise.all([life.close(), life.close()])
    life.lose("late")
    await vi.advanceTimersByTimeAsync(20_000)
    expect(events).toEqual(["stopped"])
  })

  it("is lost 500 ms after a running device fell silent", async () => {
    const { events, life } = make()
    life.start()
    for (let i = 0; i < 100; i++) {
      life.beat()
      await vi.advanceTimersByTimeAsync(10)
    }
    await vi.advanceTimersByTimeAsync(390)
    expect(events).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(events).toEqual(["stopped", "lost: the device gave no sign for 500 ms"])
  })

  it("lets a starting device take 5 s, though it took its first blocks at once", async () => {
    const { events, life } = make()
    life.start()
    life.beat()
    await vi.advanceTimersByTimeAsync(4900)
    expect(events).toEqual([])
    await vi.advanceTimersByTimeAsync(300)
    expect(events.length).toBe(2)
  })
})
