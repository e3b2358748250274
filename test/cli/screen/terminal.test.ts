import { PassThrough } from "node:stream"
import type { ReadStream, WriteStream } from "node:tty"
import { Subject } from "rxjs"
import { describe, expect, it } from "vitest"
import type { Command, Key } from "../../../src/cli/screen/keys.ts"
import { showScreen } from "../../../src/cli/screen/screen.ts"
import { initialState } from "../../../src/cli/screen/state.ts"
import { openTerminal } from "../../../src/cli/screen/terminal.ts"
import type { Terminal } from "../../../src/cli/screen/terminal.ts"
import type { PartyEvent, PartyStats } from "../../../src/runtime/report.ts"
import { event, stats } from "../helpers/reports.ts"

/** A terminal of 80 by 24 that remembers what was written and whether its keys are raw. */
const fakeTty = () => {
  const written: string[] = []
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => { raw.push(on) } })
  const output = Object.assign(new PassThrough(), { columns: 80, rows: 24 })
  output.on("data", (chunk: Buffer) => written.push(chunk.toString()))
  return { written, raw, input, output, terminal: openTerminal(input as unknown as ReadStream, output as unknown as WriteStream) }
}
const soon = (timeMs = 20): Promise<void> => new Promise((resolve) => { setTimeout(resolve, timeMs) })

describe("the terminal", () => {
  it("goes to the alternate screen, and puts everything back once", async () => {
    const { written, raw, terminal } = fakeTty()
    const exits = process.listenerCount("exit")
    terminal.leave()
    terminal.leave()
    await soon()
    const text = written.join("")
    for (const [set, reset] of [["\u001b[?1049h", "\u001b[?1049l"], ["\u001b[?25l", "\u001b[?25h"], ["\u001b[?7l", "\u001b[?7h"]] as const) {
      expect(text.split(set)).toHaveLength(2)
      expect(text.split(reset)).toHaveLength(2)
      expect(text.indexOf(set)).toBeLessThan(text.indexOf(reset))
    }
    expect(raw).toEqual([true, false])
    expect(process.listenerCount("exit")).toBe(exits - 1)
  })
  it("draws what changed, and everything again after a change of size", async () => {
    const { written, output, terminal } = fakeTty()
    const redraws: number[] = []
    terminal.redraws.subscribe(() => redraws.push(1))
    terminal.draw(["a", "b"])
    terminal.draw(["a", "c"])
    terminal.draw(["a", "c"])
    await soon()
    expect(written.slice(1)).toEqual(["\u001b[?2026h\u001b[1;1Ha\u001b[2;1Hb\u001b[?2026l", "\u001b[?2026h\u001b[2;1Hc\u001b[?2026l"])
    output.emit("resize")
    terminal.draw(["a", "c"])
    await soon()
    expect(redraws).toHaveLength(1)
    expect(written.at(-1)).toContain("\u001b[1;1Ha")
    terminal.leave()
  })
  it("names keys, and draws nothing after it was left", async () => {
    const { written, input, terminal } = fakeTty()
    const keys: (string | undefined)[] = []
    terminal.keys.subscribe((key) => keys.push(key.name ?? key.sequence))
    input.write("m[")
    input.write("\u001b[A")
    await soon()
    expect(keys).toEqual(["m", "[", "up"])
    terminal.leave()
    await soon()
    const count = written.length
    terminal.draw(["late"])
    await soon()
    expect(written).toHaveLength(count)
  })
})

describe("the screen's stream", () => {
  it("draws at once, then what reports and keys change, hands out commands, and ends", async () => {
    const frames: (readonly string[])[] = []
    const commands: Command[] = []
    const keys = new Subject<Key>()
    const reports = new Subject<PartyStats>()
    const events = new Subject<PartyEvent>()
    const until = new Subject<void>()
    const terminal: Terminal = {
      keys, redraws: new Subject(), size: () => ({ columns: 80, rows: 24 }), draw: (lines) => { frames.push(lines) }, leave: () => undefined,
    }
    showScreen(terminal, initialState("Friday", "", false), { events, stats: reports, until }, (command) => { commands.push(command) })
    expect(frames).toHaveLength(1)
    reports.next(stats())
    events.next(event())
    keys.next({ name: "m", sequence: "m" })
    keys.next({ name: "q", sequence: "q" })
    expect(commands).toEqual([{ type: "set", path: "mix.strips.Song.mute", value: true }, { type: "quit", by: "key" }])
    await soon(80)
    expect(frames.length).toBeLessThan(5)
    expect(frames.at(-1)?.join("\n")).toContain("stopping")
    until.next()
    expect([keys.observed, reports.observed, events.observed]).toEqual([false, false, false])
  })
  it("draws at most every 40 ms, however fast reports come", async () => {
    let frameCount = 0
    const reports = new Subject<PartyStats>()
    const until = new Subject<void>()
    const terminal: Terminal = {
      keys: new Subject(), redraws: new Subject(), size: () => ({ columns: 80, rows: 24 }), draw: () => { frameCount += 1 }, leave: () => undefined,
    }
    showScreen(terminal, initialState("Friday", "", false), { events: new Subject(), stats: reports, until }, () => undefined)
    for (let round = 0; round < 20; round += 1) {
      reports.next(stats())
      await soon(5)
    }
    until.next()
    expect(frameCount).toBeLessThan(8)
  })
})
