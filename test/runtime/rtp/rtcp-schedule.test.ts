import { describe, expect, it } from "vitest"
import { createRtcpSchedule, meanIntervalUs, memberTimeoutUs } from "../../../src/runtime/rtp/rtcp-schedule.ts"
import { seeded } from "./seeded.ts"

const stereo = 192_000
const two = { members: 2, senders: 1, weSend: true }
const compensation = Math.E - 1.5

describe("mean interval", () => {
  it.each([
    ["few members: the minimum", { members: 4, senders: 2, weSend: true }, 9600, 1e6],
    ["a sender among many listeners shares a quarter", { members: 1000, senders: 1, weSend: true }, 9600, 1e6],
    ["a listener among many shares three quarters", { members: 1001, senders: 1, weSend: false }, 9600, (128 * 1000 * 1e6) / 7200],
    ["many senders share everything", { members: 1000, senders: 500, weSend: true }, 9600, (128 * 1000 * 1e6) / 9600],
  ])("%s", (_, who, rtcpBytesPerSecond, expected) => {
    expect(meanIntervalUs(who, rtcpBytesPerSecond, 128, 1e6)).toBeCloseTo(expected, 3)
  })

  it("makes nobody time out before 25 s, and nobody in a large session before five intervals", () => {
    expect(memberTimeoutUs(two, 9600, 128)).toBe(25e6)
    expect(memberTimeoutUs({ members: 1001, senders: 1, weSend: true }, 9600, 128)).toBeCloseTo((5 * 128 * 1000 * 1e6) / 7200, 3)
  })
})

describe("RTCP schedule", () => {
  it("sends the first report at once", () => {
    const schedule = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: seeded(1) })
    expect(schedule.due(0, two)).toBe(true)
    schedule.sent(0, 100, two)
    expect(schedule.due(1, two)).toBe(false)
  })

  it("spreads reports over half to one and a half of the minimum, by the standard's compensation", () => {
    for (const value of [0, 0.5, 0.999]) {
      const schedule = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: () => value })
      schedule.sent(0, 100, two)
      expect(schedule.dueUs).toBeCloseTo((1e6 * (value + 0.5)) / compensation, 3)
    }
  })

  it("keeps the mean near the minimum over many reports", () => {
    const schedule = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: seeded(5) })
    let reports = 0
    for (let nowUs = 0; nowUs < 1000e6; nowUs += 10_000) {
      if (nowUs < schedule.dueUs || !schedule.due(nowUs, two)) continue
      reports += 1
      schedule.sent(nowUs, 120, two)
    }
    expect(reports).toBeGreaterThan(850)
    expect(reports).toBeLessThan(1150)
  })

  it("puts a report off when the session has grown meanwhile", () => {
    const crowd = { members: 1000, senders: 1, weSend: false }
    const schedule = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: () => 0.5 })
    schedule.sent(0, 100, { members: 2, senders: 1, weSend: false })
    const dueUs = schedule.dueUs
    expect(schedule.due(dueUs, crowd)).toBe(false)
    expect(schedule.dueUs).toBeGreaterThan(10 * dueUs)
    expect(schedule.due(schedule.dueUs, crowd)).toBe(true)
  })

  it("brings a report forward when others leave", () => {
    const schedule = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: () => 0.5 })
    schedule.sent(0, 100, { members: 1000, senders: 1, weSend: false })
    const dueUs = schedule.dueUs
    schedule.left(1e6, { members: 100, senders: 1, weSend: false })
    expect(schedule.dueUs).toBeCloseTo(1e6 + 0.1 * (dueUs - 1e6), 0)
  })

  it("learns the size of compounds from what comes and goes", () => {
    const crowd = { members: 1000, senders: 1, weSend: false }
    const small = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: () => 0.5 })
    const large = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: () => 0.5 })
    for (let count = 0; count < 100; count += 1) {
      small.received(72)
      large.received(972)
    }
    small.sent(0, 72, crowd)
    large.sent(0, 972, crowd)
    expect(large.dueUs / small.dueUs).toBeCloseTo(10, 0)
  })

  it("says BYE at once in a small session, in turn in a large one, and nothing after it", () => {
    const small = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: () => 0.5 })
    small.sent(0, 100, two)
    small.leave(1000, 60, two)
    expect(small.due(1000, two)).toBe(true)
    small.sent(1000, 60, two)
    expect(small.due(1e12, two)).toBe(false)

    const crowd = { members: 1000, senders: 1, weSend: true }
    const large = createRtcpSchedule({ sessionBytesPerSecond: stereo, random: () => 0.5 })
    large.sent(0, 100, crowd)
    large.leave(1000, 60, crowd)
    expect(large.due(1000, crowd)).toBe(false)
    const leaving = { members: 1, senders: 0, weSend: false }
    expect(large.due(large.dueUs, leaving)).toBe(true)
  })
})
