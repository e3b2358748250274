/** What the virtual network promises: the same trace from the same seed, and what each model is named for. */
import { describe, expect, test } from "vitest"
import { models, modelNamed } from "../../../bench/jitter/models/models.ts"
import { captureUs, makeTrace, RATE_HZ, type Delivery, type Trace } from "../../../bench/jitter/network.ts"
import { stallsOf } from "../../../bench/jitter/recovery.ts"

const lostPercent = (trace: Trace): number =>
  (100 * trace.packets.filter((packet) => packet.arrivalUs === undefined).length) / trace.packets.length

describe("every model", () => {
  test.each(models.map((model) => [model.name, model] as const))("%s is the same from the same seed and another from another", (_, model) => {
    const [one, same, other] = [5, 5, 6].map((seed) => makeTrace(model, 240, seed, 5))
    expect(one).toEqual(same)
    expect(one!.deliveries).not.toEqual(other!.deliveries)
  })

  test.each(models.map((model) => [model.name, model] as const))("%s delivers after capture, in time's order, across both wraps", (_, model) => {
    const trace = makeTrace(model, 480, 1, 24)
    const captured = (each: Delivery): number => captureUs(trace, each.packet.mediaIndex + trace.packetFrames)
    expect(trace.deliveries.filter((each) => each.arrivalUs <= captured(each))).toEqual([])
    expect(trace.deliveries.every((each, i) => i === 0 || each.arrivalUs >= trace.deliveries[i - 1]!.arrivalUs)).toBe(true)
    const stamps = trace.packets.map((packet) => packet.rtpTimestamp | 0)
    expect(stamps.some((stamp, i) => i > 0 && stamp < 0 !== (stamps[i - 1] as number) < 0)).toBe(true)
    expect(trace.packets.some((packet, i) => i > 0 && packet.seq < trace.packets[i - 1]!.seq)).toBe(true)
  })

  test.each(models.filter((model) => model.name !== "reorder-dup").map((model) => [model.name, model] as const))(
    "%s keeps packets in order", (_, model) => {
      const { deliveries } = makeTrace(model, 120, 1, 10)
      expect(deliveries.every(({ packet }, i) => i === 0 || packet.mediaIndex > deliveries[i - 1]!.packet.mediaIndex)).toBe(true)
    })

  test.each([120, 128, 240, 480])("makes packets of %i frames that follow each other", (packetFrames) => {
    const { packets } = makeTrace(modelNamed("wired"), packetFrames, 1, 2)
    expect(packets).toHaveLength(Math.floor((2 * RATE_HZ) / packetFrames))
    expect(packets.map((packet) => packet.mediaIndex)).toEqual(packets.map((_, i) => i * packetFrames))
  })
})

describe("a model is what its name says", () => {
  test("ge-loss loses about 1.9 %, in bursts of about 4", () => {
    const trace = makeTrace(modelNamed("ge-loss"), 120, 1)
    const lost = trace.packets.map((packet) => packet.arrivalUs === undefined)
    const bursts = lost.filter((each, i) => each && lost[i - 1] !== true).length
    expect(lostPercent(trace)).toBeGreaterThan(1.3)
    expect(lostPercent(trace)).toBeLessThan(2.6)
    expect(lost.filter(Boolean).length / bursts).toBeGreaterThan(3)
    expect(lost.filter(Boolean).length / bursts).toBeLessThan(5)
  })

  test("drifting clocks gain and lose 300 ppm", () => {
    for (const ppm of [300, -300]) {
      const trace = makeTrace(modelNamed(ppm > 0 ? "drift+300" : "drift-300"), 240, 1)
      const last = trace.packets[trace.packets.length - 1]!
      const ours = captureUs(trace, last.mediaIndex) - captureUs(trace, 0)
      expect(((last.mediaIndex * 1e6) / RATE_HZ / ours - 1) * 1e6).toBeCloseTo(ppm, 0)
    }
  })

  test("scan stalls five times a minute for 60 to 150 ms", () => {
    const stalls = stallsOf(makeTrace(modelNamed("scan"), 240, 1))
    expect(stalls).toHaveLength(5)
    for (const { fromUs, toUs } of stalls) {
      expect(toUs - fromUs).toBeGreaterThan(60_000)
      expect(toUs - fromUs).toBeLessThan(170_000)
    }
  })

  test("reorder-dup lets packets overtake and come twice", () => {
    const { deliveries, packets } = makeTrace(modelNamed("reorder-dup"), 240, 1)
    expect(deliveries.some(({ packet }, i) => i > 0 && packet.mediaIndex < deliveries[i - 1]!.packet.mediaIndex)).toBe(true)
    expect(packets.filter((packet) => packet.copiesUs.length > 0).length / packets.length).toBeCloseTo(0.02, 2)
  })

  test("pause-resume sends nothing in its pauses, and a pause is no stall", () => {
    const trace = makeTrace(modelNamed("pause-resume"), 240, 1)
    const pauses = trace.packets.filter((packet, i) => i > 0 && packet.mediaIndex > trace.packets[i - 1]!.mediaIndex + 240)
    expect(pauses.length).toBeGreaterThan(4)
    expect(stallsOf(trace)).toEqual([])
  })

  test("a name that is not there says which are", () => {
    expect(() => modelNamed("wlan")).toThrow(/no model "wlan"; there are: wired, wifi-good/)
  })
})
