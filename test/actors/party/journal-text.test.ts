import { describe, expect, it } from "vitest"
import { tellJournal, type JournalNames } from "../../../src/actors/party/journal-text.ts"
import { FailureCause } from "../../../src/runtime/graph/guard.ts"
import { JournalCode } from "../../../src/runtime/ring/journal.ts"

const names: JournalNames = {
  peer: (slot) => `10.0.0.${slot} (Ann)`, local: (index) => `strip ${index}`, source: (index) => `source ${index}`,
  output: (index) => `output ${index}`, insert: (chain, slot) => `chain ${chain}: insert ${slot}`,
}

const tell = (code: number, a = 0, b = 0, c = 0) => tellJournal(Float64Array.of(1e6, code, a, b, c, 0), names)

describe("a record becomes an event", () => {
  it.each([
    [JournalCode.peerMissing, [2, 3], "missing", "10.0.0.2 (Ann)", "3 packets"],
    [JournalCode.peerMissing, [2, 1], "missing", "10.0.0.2 (Ann)", "1 packet"],
    [JournalCode.peerLate, [0, 2], "late", "10.0.0.0 (Ann)", "2 packets"],
    [JournalCode.peerRepeated, [1, 2], "repeated", "10.0.0.1 (Ann)", "2 packets"],
    [JournalCode.peerOutOfOrder, [1, 2], "out of order", "10.0.0.1 (Ann)", "2 packets"],
    [JournalCode.peerReset, [1], "stream reset", "10.0.0.1 (Ann)", "its timeline jumped and is followed anew"],
    [JournalCode.localUnderrun, [1, 4], "underrun", "strip 1", "4 blocks"],
    [JournalCode.outputUnderrun, [0, 1], "underrun", "output 0", "1 block"],
    [JournalCode.outputDropped, [1, 2], "overrun", "output 1", "2 blocks"],
    [JournalCode.pluginBypassed, [3, 1, FailureCause.threw], "plugin bypassed", "chain 3: insert 1", "it threw an error"],
    [JournalCode.pluginBypassed, [3, 1, FailureCause.notFinite], "plugin bypassed", "chain 3: insert 1", "its output was not a number"],
    [JournalCode.pluginRestored, [3, 1], "plugin restored", "chain 3: insert 1", "it runs again"],
    [JournalCode.sourceEnded, [2], "source ended", "source 2", "played to its end"],
    [JournalCode.malformed, [7], "malformed", "network", "7 datagrams dropped"],
    [JournalCode.refused, [1], "flood", "network", "1 packet of streams without a place dropped"],
    [JournalCode.ringFull, [2], "overrun", "network", "2 packets found no room"],
  ] as const)("code %i with %j: %s", (code, numbers, kind, subject, text) => {
    expect(tell(code, ...numbers)).toMatchObject({ kind, subject, text })
  })

  it("says of a device's xrun whose it is: an output's, or with -1 - index a source's", () => {
    expect([tell(JournalCode.xrun, 1)?.subject, tell(JournalCode.xrun, 0)?.subject, tell(JournalCode.xrun, -1)?.subject, tell(JournalCode.xrun, -3)?.subject])
      .toEqual(["output 1", "output 0", "source 0", "source 2"])
  })

  it("says when the mixer goes by its own clock and when it no longer does", () => {
    const [begins, ends] = [tell(JournalCode.freeRunning, 1), tell(JournalCode.freeRunning, 0)]
    expect([begins?.kind, ends?.kind]).toEqual(["notice", "notice"])
    expect(begins?.text).not.toBe(ends?.text)
  })

  it("gives the numbers too, for scripts", () => {
    expect(tell(JournalCode.peerMissing, 2, 3)?.data).toEqual({ packets: 3 })
    expect(tell(JournalCode.outputUnderrun, 0, 5)?.data).toEqual({ blocks: 5 })
  })

  it("tells something of every code that a hot loop can write", () => {
    const silent = Object.entries(JournalCode).filter(([, code]) => tell(code, 1, 1, 1) === undefined).map(([name]) => name)
    expect(silent).toEqual([])
  })

  it("tells nothing of a code that nobody knows", () => {
    for (const code of [0, -1, 999, 1.5, NaN]) expect(tell(code)).toBeUndefined()
  })
})
