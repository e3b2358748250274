import { describe, expect, it } from "vitest"
import { createAdmission, Verdict } from "../../../src/actors/receiver/admission.ts"
import { createRandom } from "../../runtime/dsp/kernels.ts"

const S = 1e6

describe("a stream is proven", () => {
  it.each([
    ["one packet alone", [7], [false]],
    ["two in a row", [7, 8], [false, true]],
    ["two in a row across the wrap", [65_535, 0], [false, true]],
    ["a sequence number 0", [0, 1], [false, true]],
    ["the same packet twice", [7, 7], [false, false]],
    ["a gap, then two in a row", [7, 9, 10], [false, false, true]],
    ["backwards", [9, 8, 7], [false, false, false]],
    ["and stays so as long as it goes on", [7, 8, 9, 10], [false, true, true, true]],
  ] as const)("%s", (_, seqs, proven) => {
    const admission = createAdmission(4)
    expect(seqs.map((seq) => admission.prove(0xdeadbeef, seq))).toEqual(proven)
  })

  it("whatever others send between", () => {
    const admission = createAdmission(4)
    for (let ssrc = 1; ssrc < 200; ssrc++) admission.prove(ssrc, 5)
    for (let ssrc = 1; ssrc < 200; ssrc++) expect(admission.prove(ssrc, 6)).toBe(true)
  })

  it("in a table that a flood cannot make grow: who is pushed out begins anew", () => {
    const admission = createAdmission(4)
    admission.prove(1, 5)
    for (let ssrc = 1000; ssrc < 1300; ssrc++) admission.prove(ssrc, 0)
    expect([admission.prove(1, 6), admission.prove(1, 7)]).toEqual([false, true])
  })
})

describe("a slot", () => {
  it("is given to each stream once, and found by its SSRC, 0 and 2^32 - 1 too", () => {
    const admission = createAdmission(3)
    expect(admission.find(0)).toBeUndefined()
    expect([0, 2 ** 32 - 1, 5].map((ssrc) => admission.admit(ssrc, 0))).toEqual([0, 1, 2])
    expect([0, 2 ** 32 - 1, 5].map((ssrc) => admission.find(ssrc))).toEqual([0, 1, 2])
  })

  it("is refused when all are taken, and to be had again when one is given back", () => {
    const admission = createAdmission(2)
    admission.admit(10, 0)
    admission.admit(11, 0)
    expect(admission.admit(12, 100 * S)).toBe(Verdict.full)
    admission.release(10, 0)
    expect(admission.find(10)).toBeUndefined()
    expect(admission.admit(12, 101 * S)).toBe(0)
    expect(admission.admit(13, 102 * S)).toBe(Verdict.full)
  })

  it("given back twice is free once", () => {
    const admission = createAdmission(1)
    admission.admit(10, 0)
    admission.release(10, 0)
    admission.release(10, 0)
    expect(admission.admit(11, 10 * S)).toBe(0)
    expect(admission.admit(12, 20 * S)).toBe(Verdict.full)
  })

  it("given back is used after those that rested longer", () => {
    const admission = createAdmission(3)
    admission.admit(10, 0)
    admission.release(10, 0)
    expect([11, 12, 13].map((ssrc, i) => admission.admit(ssrc, (i + 1) * S))).toEqual([1, 2, 0])
  })

  it("known from before keeps its stream, and is not given to another", () => {
    const admission = createAdmission(3)
    admission.restore(77, 1)
    expect(admission.find(77)).toBe(1)
    expect([10, 11, 12].map((ssrc) => admission.admit(ssrc, 0))).toEqual([0, 2, Verdict.full])
    admission.release(77, 1)
    expect(admission.admit(12, 10 * S)).toBe(1)
  })
})

describe("the pace", () => {
  it("lets a whole party in at once, and then four new streams a second", () => {
    const admission = createAdmission(8)
    let next = 1
    const turnOver = (nowUs: number): number => {
      const ssrc = next++
      const slot = admission.admit(ssrc, nowUs)
      if (slot >= 0) admission.release(ssrc, slot)
      return slot
    }
    const times = (count: number, nowUs: number): boolean[] => Array.from({ length: count }, () => turnOver(nowUs) >= 0)
    expect(times(8, 0)).toEqual(Array.from({ length: 8 }, () => true))
    expect(turnOver(0)).toBe(Verdict.tooMany)
    expect(times(3, 0.5 * S)).toEqual([true, true, false])
    expect(times(1, 0.7 * S)).toEqual([false])
    expect(times(2, 0.76 * S)).toEqual([true, false])
    // After a long calm as many as at first, and no more.
    expect(times(10, 3600 * S).filter((admitted) => admitted).length).toBe(8)
  })

  it("holds against a flood that asks at every microsecond", () => {
    const admission = createAdmission(16)
    let admitted = 0
    for (let nowUs = 0; nowUs < 2 * S; nowUs += 50) {
      const slot = admission.admit(nowUs + 1, nowUs)
      if (slot >= 0) {
        admitted++
        admission.release(nowUs + 1, slot)
      }
    }
    expect(admitted).toBeGreaterThanOrEqual(23)
    expect(admitted).toBeLessThanOrEqual(24)
  })
})

describe("our own streams", () => {
  it("are known as such and cost no slot", () => {
    const admission = createAdmission(1)
    admission.ignore(42)
    expect(admission.find(42)).toBe(Verdict.own)
    expect(admission.admit(43, 0)).toBe(0)
  })

  it("are remembered up to a bound", () => {
    const admission = createAdmission(1)
    for (let ssrc = 0; ssrc < 5000; ssrc++) admission.ignore(ssrc)
    const remembered = Array.from({ length: 5000 }, (_, ssrc) => admission.find(ssrc)).filter((slot) => slot === Verdict.own).length
    expect(remembered).toBe(256)
  })
})

it("after 100,000 random events no slot is lost or given twice", () => {
  const random = createRandom(23)
  const slotCount = 6
  const admission = createAdmission(slotCount)
  const seated = new Map<number, number>()
  const faults: string[] = []
  for (let event = 0; event < 100_000; event++) {
    const ssrc = Math.floor(random() * 40)
    const known = seated.get(ssrc)
    if (admission.find(ssrc) !== known) faults.push(`${event}: finds another slot`)
    if (known !== undefined) {
      if (random() < 0.3) {
        admission.release(ssrc, known)
        seated.delete(ssrc)
      }
    } else if (admission.prove(ssrc, event & 0xffff) || random() < 0.3) {
      const slot = admission.admit(ssrc, event * 1e5)
      if (slot >= slotCount || [...seated.values()].includes(slot)) faults.push(`${event}: slot ${slot} is not free`)
      if ((slot === Verdict.full) !== (seated.size === slotCount)) faults.push(`${event}: full with ${seated.size}`)
      if (slot >= 0) seated.set(ssrc, slot)
    }
  }
  expect(faults).toEqual([])
})
