import { describe, expect, it } from "vitest"
import { arrival, createReceiveSource, lastToUse } from "../../../src/runtime/rtp/receive-source.ts"
import type { ReceiveSource } from "../../../src/runtime/rtp/receive-source.ts"
import { extSeqBase, extTimestampBase } from "../../../src/runtime/rtp/sequence.ts"

const words = Object.fromEntries(Object.entries(arrival).map(([word, code]) => [code, word]))
const frameCount = 128
const packetUs = (frameCount * 1e6) / 48000

/** Feeds sequence numbers of one unbroken timeline that starts with `origin`; returns the words. */
const feed = (source: ReceiveSource, seqs: readonly number[], origin = 0, offset = 0): string[] =>
  seqs.map((seq) => {
    const index = ((seq - origin) << 16) >> 16
    return words[source.update(seq, (offset + index * frameCount) >>> 0, index * packetUs)]!
  })
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => (from + index) & 0xffff)
const trusted = (seq = 0): ReceiveSource => {
  const source = createReceiveSource({ rateHz: 48000, minSequential: 1 })
  feed(source, [seq], seq)
  return source
}

describe("probation", () => {
  it.each<[string, number, number[], string[]]>([
    ["two in sequence make a source", 2, [7, 8], ["probation", "inOrder"]],
    ["two across the wrap make a source", 2, [65535, 0], ["probation", "inOrder"]],
    ["a gap begins the run anew", 2, [7, 9, 10], ["probation", "probation", "inOrder"]],
    ["a repeated packet begins the run anew", 2, [7, 7, 8], ["probation", "probation", "inOrder"]],
    ["three when three are asked for", 3, [7, 8, 10, 11, 12], ["probation", "probation", "probation", "probation", "inOrder"]],
    ["the first when one is asked for", 1, [7, 8], ["inOrder", "inOrder"]],
    ["0 asks for one", 0, [7, 8], ["inOrder", "inOrder"]],
  ])("%s", (_, minSequential, seqs, expected) => {
    const source = createReceiveSource({ rateHz: 48000, minSequential })
    expect(feed(source, seqs, seqs[0])).toEqual(expected)
    const held = expected.filter((word) => word === "probation").length
    expect(source).toMatchObject({ discarded: held, received: seqs.length - held, expected: seqs.length - held, lost: 0 })
  })

  it("never trusts random numbers", () => {
    const source = createReceiveSource({ rateHz: 48000 })
    expect(new Set(feed(source, [5, 900, 3, 40000, 12, 60000]))).toEqual(new Set(["probation"]))
    expect(source).toMatchObject({ received: 0, expected: 0, lost: 0 })
  })
})

describe("arrivals", () => {
  it.each<[string, number, number[], string[], object]>([
    ["in order", 0, [0, 1, 2], ["inOrder", "inOrder"], { received: 3, expected: 3, lost: 0 }],
    ["across the wrap", 65534, [65534, 65535, 0, 1], ["inOrder", "inOrder", "inOrder"], { received: 4, expected: 4, highestExtSeq: extSeqBase + 65537 }],
    ["one missing", 0, [0, 2], ["gap"], { received: 2, expected: 3, lost: 1 }],
    ["missing across the wrap", 65535, [65535, 2], ["gap"], { lost: 2, gapPackets: 2 }],
    ["one late", 0, [0, 2, 1, 3], ["gap", "reordered", "inOrder"], { received: 4, lost: 0, reordered: 1, duplicate: 0 }],
    ["late across the wrap", 65534, [65534, 1, 65535, 0, 2], ["gap", "reordered", "reordered", "inOrder"], { received: 5, lost: 0, reordered: 2 }],
    ["the highest twice", 0, [0, 1, 1, 2], ["inOrder", "duplicate", "inOrder"], { received: 3, expected: 3, lost: 0, duplicate: 1 }],
    ["a late one twice", 0, [0, 2, 1, 1], ["gap", "reordered", "duplicate"], { received: 3, lost: 0, reordered: 1, duplicate: 1 }],
    ["a duplicate hides no loss", 0, [0, 1, 1, 3], ["inOrder", "duplicate", "gap"], { received: 3, expected: 4, lost: 1 }],
    ["one that the first overtook", 0, [10, 9, 11], ["reordered", "inOrder"], { received: 3, expected: 3, lost: 0 }],
    ["one that the first overtook by three", 0, [10, 7, 11], ["reordered", "inOrder"], { received: 3, expected: 5, lost: 2 }],
    ["overtaken across the wrap", 0, [0, 65535, 1], ["reordered", "inOrder"], { received: 3, expected: 3, highestExtSeq: extSeqBase + 1 }],
    ["the longest gap", 0, [0, 2999], ["gap"], { gapPackets: 2998, lost: 2998 }],
    ["a gap too long is a stray", 0, [0, 3000, 1], ["stray", "inOrder"], { received: 2, lost: 0, discarded: 1 }],
    ["1023 behind is late", 0, [0, 2000, 977], ["gap", "reordered"], { reordered: 1 }],
    ["1024 behind is a stray", 0, [0, 2000, 976], ["gap", "stray"], { reordered: 0, discarded: 1 }],
  ])("%s", (_, origin, seqs, expected, counters) => {
    const source = createReceiveSource({ rateHz: 48000, minSequential: 1 })
    expect(feed(source, seqs, origin).slice(1)).toEqual(expected)
    expect(source).toMatchObject(counters)
  })

  it.each<[string, number, number, number]>([
    ["with a timestamp far ahead", 101, 100 * frameCount + 49_000, 0],
    ["with the timestamp of the packet before", 101, 100 * frameCount, 0],
    ["with a near number and an old timestamp", 2100, 50 * frameCount, 0],
    ["with a timestamp on the other side of the circle", 103, 0x8000_0000, 0],
    ["with a number far ahead", 20_000, 101 * frameCount, 0],
  ])("lets a single packet go, %s, and takes the one whose place it took", (_, seq, rtpTimestamp) => {
    const source = trusted()
    feed(source, range(1, 100))
    expect(words[source.update(seq, rtpTimestamp, 100.5 * packetUs)]).toBe("stray")
    expect(feed(source, range(101, 2100))).toEqual(Array.from({ length: 2100 }, () => "inOrder"))
    expect(source).toMatchObject({ lost: 0, duplicate: 0, discarded: 1, restarts: 0 })
  })

  it("takes two strays in a row for no restart, unless they keep time with each other", () => {
    const source = trusted()
    feed(source, range(1, 100))
    const said = (seq: number, rtpTimestamp: number) => words[source.update(seq, rtpTimestamp, 100.5 * packetUs)]
    expect([said(100, 7_000_000), said(101, 900_000_000)]).toEqual(["stray", "stray"])
    expect(feed(source, [101])).toEqual(["inOrder"])
    expect([said(20_000, 7_000_000), said(20_001, 7_000_000 + frameCount)]).toEqual(["stray", "restart"])
  })

  it("follows a timeline that leaps no further than time itself", () => {
    const source = trusted()
    expect(words[source.update(1, 10 * 48000, 10e6)]).toBe("inOrder")
    expect(words[source.update(2, 10 * 48000 + 47_000, 10e6)]).toBe("inOrder")
  })

  it("says for each packet where it belongs", () => {
    const source = trusted(65535)
    feed(source, [2], 65535, 0)
    expect(source).toMatchObject({ extSeq: extSeqBase + 65538, extTimestamp: extTimestampBase + 3 * frameCount, gapPackets: 2 })
    feed(source, [0], 65535, 0)
    expect(source).toMatchObject({ extSeq: extSeqBase + 65536, extTimestamp: extTimestampBase + frameCount, gapPackets: 0 })
    expect(arrival.duplicate > lastToUse && arrival.reordered <= lastToUse).toBe(true)
  })

  it("counts 200,000 packets over three wraps, with every tenth missing and every seventh twice", () => {
    const source = createReceiveSource({ rateHz: 48000, minSequential: 1 })
    let timestamp = 0xffff_0000
    source.update(0, timestamp, 0)
    let lost = 0
    let duplicate = 0
    for (let seq = 1; seq <= 200_000; seq += 1) {
      timestamp = (timestamp + frameCount) >>> 0
      if (seq % 10 === 0 && seq !== 200_000) lost += 1
      else {
        source.update(seq & 0xffff, timestamp, seq * packetUs)
        if (source.extSeq !== extSeqBase + seq) expect(source.extSeq).toBe(extSeqBase + seq)
        if (seq % 7 === 0) {
          duplicate += 1
          expect(source.update(seq & 0xffff, timestamp, seq * packetUs)).toBe(arrival.duplicate)
        }
      }
    }
    expect(source).toMatchObject({ expected: 200_001, lost, duplicate, reordered: 0, discarded: 0, restarts: 0, received: 200_001 - lost })
  })

  it("widens timestamps over 2^32 for real: 30 hours of 48 kHz", () => {
    const source = createReceiveSource({ rateHz: 48000, minSequential: 1 })
    const start = 0xffff_f000
    const step = 48000 * 20
    let seq = 0
    for (; seq < 5400; seq += 1) source.update(seq & 0xffff, (start + seq * step) % 2 ** 32, seq * 20e6)
    expect(source.extTimestamp).toBe(extTimestampBase + start + 5399 * step)
    expect(source.jitterTicks).toBe(0)
  })
})

describe("restart", () => {
  it("is two in sequence after a large jump, with one packet let go", () => {
    const source = trusted(0)
    feed(source, range(1, 99))
    const before = source.highestExtSeq
    expect(feed(source, [30000, 30001, 30002], 30000, 123_456_789)).toEqual(["stray", "restart", "inOrder"])
    expect(source).toMatchObject({ restarts: 1, received: 102, expected: 102, lost: 0, discarded: 1 })
    expect(source.highestExtSeq).toBeGreaterThan(before)
    expect(source.highestExtSeq % 65536).toBe(30002)
  })

  it("is not a stray here and there", () => {
    const source = trusted(0)
    expect(feed(source, [1, 30000, 2, 30001, 3, 45000, 30002, 4])).toEqual(["inOrder", "stray", "inOrder", "stray", "inOrder", "stray", "stray", "inOrder"])
    expect(source).toMatchObject({ restarts: 0, discarded: 4, lost: 0 })
  })

  it("is found when the new numbers lie just behind the old ones but the timeline is another", () => {
    const source = trusted(0)
    feed(source, range(1, 499))
    expect(feed(source, [0, 1, 2], 0, 0x7000_0000)).toEqual(["stray", "restart", "inOrder"])
  })

  it("goes upwards in numbers and time, whichever way the sender jumps", () => {
    const source = trusted(0)
    let { highestExtSeq, extTimestamp } = source
    for (const [seq, timestamp] of [[30000, 5], [10000, 0xf000_0000], [50000, 0x1000_0000], [20000, 0x0fff_0000]] as const) {
      source.update(seq, timestamp, 0)
      expect(source.update(seq + 1, timestamp + frameCount, 0)).toBe(arrival.restart)
      expect(source.highestExtSeq).toBeGreaterThan(highestExtSeq)
      expect(source.extTimestamp).toBeGreaterThan(extTimestamp)
      expect(source.extTimestamp % 2 ** 32).toBe(timestamp + frameCount)
      ;({ highestExtSeq, extTimestamp } = source)
    }
    expect(source).toMatchObject({ restarts: 4, lost: 0 })
  })

  it("keeps what was lost before", () => {
    const source = trusted(0)
    feed(source, [5])
    feed(source, [30000, 30001, 30004], 30000)
    expect(source).toMatchObject({ received: 4, expected: 10, lost: 6 })
  })

  it("reports highest numbers from cycle 0 again", () => {
    const source = trusted(65535)
    feed(source, [0], 65535)
    expect(source.reportBlock(1, 0).highestExtSeq).toBe(65536)
    feed(source, [30000, 30001], 30000)
    expect(source.reportBlock(1, 0).highestExtSeq).toBe(30001)
  })
})

describe("jitter", () => {
  /** RFC 3550 A.8 in its floating form, told apart from the code under test. */
  const reference = (transits: readonly number[]) => {
    let jitter = 0
    for (let index = 1; index < transits.length; index += 1) jitter += (Math.abs(transits[index]! - transits[index - 1]!) - jitter) / 16
    return jitter
  }

  it("follows RFC 3550 A.8", () => {
    const source = createReceiveSource({ rateHz: 48000, minSequential: 1 })
    const delaysUs = Array.from({ length: 500 }, (_, index) => ((index * 7919) % 1000) * 3)
    for (const [index, delayUs] of delaysUs.entries()) source.update(index, (0xffff_ff00 + index * frameCount) >>> 0, index * packetUs + delayUs)
    expect(source.jitterTicks).toBeCloseTo(reference(delaysUs.map((delayUs) => delayUs * 0.048)), 6)
  })

  it("is not stirred by a pause or a restart", () => {
    const source = trusted(0)
    source.update(1, frameCount, 10e6)
    source.update(2, 2 * frameCount, 10e6 + packetUs)
    feed(source, [30000, 30001], 30000, 5)
    expect(source.jitterTicks).toBeCloseTo(0, 6)
  })

  it("is not stirred by duplicates", () => {
    const source = trusted(0)
    source.update(0, 0, 500_000)
    expect(source.jitterTicks).toBe(0)
  })
})

describe("report block", () => {
  it("counts loss by interval and since the beginning", () => {
    const source = trusted(0)
    feed(source, range(1, 99))
    expect(source.reportBlock(42, 0)).toMatchObject({ ssrc: 42, fractionLost: 0, lost: 0, highestExtSeq: 99, lsr: 0, dlsr: 0 })
    feed(source, range(125, 75))
    expect(source.reportBlock(42, 0)).toMatchObject({ fractionLost: 64, lost: 25, highestExtSeq: 199 })
    feed(source, range(200, 100))
    expect(source.reportBlock(42, 0)).toMatchObject({ fractionLost: 0, lost: 25 })
    expect(source.reportBlock(42, 0)).toMatchObject({ fractionLost: 0, lost: 25 })
  })

  it("goes negative with duplicates, as the standard has it, while our own count does not", () => {
    const source = trusted(0)
    feed(source, [1, 1, 1, 2])
    expect(source.reportBlock(42, 0)).toMatchObject({ lost: -2, fractionLost: 0 })
    expect(source.lost).toBe(0)
  })

  it("tells the delay since the last sender report", () => {
    const source = trusted(0)
    source.noteSenderReport(0xb44d_b705, 0x2000_0000, 1_000_000)
    expect(source.reportBlock(42, 6_250_000)).toMatchObject({ lsr: 0xb705_2000, dlsr: 0x0005_4000 })
  })

  it("is empty before the first packet", () => {
    expect(createReceiveSource({ rateHz: 48000 }).reportBlock(9, 5)).toEqual({
      ssrc: 9, fractionLost: 0, lost: 0, highestExtSeq: 0, jitterTicks: 0, lsr: 0, dlsr: 0,
    })
  })
})

describe("reset", () => {
  it("makes it as new", () => {
    const used = createReceiveSource({ rateHz: 48000 })
    feed(used, [0, 1, 5, 3, 3, 30000, 30001])
    used.noteSenderReport(1, 2, 3)
    used.reportBlock(1, 4)
    used.discard()
    used.reset(44100)
    expect(JSON.stringify({ ...used, window: 0 })).toBe(JSON.stringify({ ...createReceiveSource({ rateHz: 44100 }), window: 0 }))
    expect(feed(used, [3, 4])).toEqual(["probation", "inOrder"])
  })

  it("counts what others discard", () => {
    const source = trusted(0)
    source.discard()
    expect(source.discarded).toBe(1)
  })
})
