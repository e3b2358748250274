/** What `replay` and `--trace` take, and how a replay reads. */
import { describe, expect, it } from "vitest"
import { traceOptionOf } from "../../../src/cli/drive/trace-option.ts"
import { whatIfOf, whatIfText } from "../../../src/cli/replay/what-if.ts"

const none = { policy: undefined, delay: undefined, min: undefined, max: undefined }

describe("what replay is asked to try", () => {
  it.each([
    [{}, undefined, undefined],
    [{ policy: "tight" }, { policy: "tight" }, "tight"],
    [{ policy: "safe", min: 5 }, { policy: "safe", minMs: 5 }, "safe from 5 ms"],
    [{ policy: "safe", max: 40 }, { policy: "safe", maxMs: 40 }, "safe up to 40 ms"],
    [{ policy: "steady", min: 5, max: 20 }, { policy: "steady", minMs: 5, maxMs: 20 }, "steady 5 to 20 ms"],
    [{ delay: 10 }, { delayMs: 10 }, "10 ms"],
  ] as const)("%o", (given, expected, text) => {
    const asked = whatIfOf({ ...none, ...given })
    expect(asked).toEqual(expected)
    if (asked !== undefined) expect(whatIfText(asked)).toBe(text)
  })

  it.each([
    [{ delay: 10, policy: "tight" }, /--delay: expected no policy/],
    [{ delay: 10, min: 5 }, /--delay: expected no policy/],
    [{ min: 5 }, /--min: expected a policy/],
    [{ max: 5 }, /--max: expected a policy/],
    [{ policy: "safe", min: 30, max: 20 }, /--min: expected at most --max/],
    [{ delay: 5000 }, /--delay: expected at most 400 ms/],
  ] as const)("refuses %o", (given, said) => {
    expect(() => whatIfOf({ ...none, ...given })).toThrow(said)
  })
})

describe("where a trace goes", () => {
  const at = new Date(2026, 10, 20, 9, 5, 7)
  it.each([
    [{ trace: undefined, traceLast: undefined }, undefined],
    [{ trace: "/x/a.trace", traceLast: undefined }, { path: "/x/a.trace" }],
    [{ trace: "/x/a.trace", traceLast: 5000 }, { path: "/x/a.trace", lastMs: 5000 }],
    [{ trace: undefined, traceLast: 60_000 }, { path: `${process.cwd()}/A_B - 2026-11-20 09.05.07.trace`, lastMs: 60_000 }],
  ])("%o", (given, expected) => {
    expect(traceOptionOf(given, "A/B", at)).toEqual(expected)
  })

  it("needs a name where one is given", () => {
    expect(() => traceOptionOf({ trace: " ", traceLast: undefined }, "A")).toThrow(/--trace: expected a file/)
  })
})
