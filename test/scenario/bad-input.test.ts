/** What a user gets for a mistake: every fault at once, each with its place, what should stand there, what does, and a way out. */
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { callCli, cliPath, freeRtpPort } from "../helpers/engine.ts"
import type { Outcome } from "../helpers/engine.ts"

const folder = mkdtempSync(join(tmpdir(), "bad-input-"))
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const call = (...args: readonly string[]): Promise<Outcome> => callCli(args, { cwd: folder, limitMs: 30_000 })

/** As a stack trace has them, wherever it is printed. */
const stackLine = /^\s{2,}at |node:internal|\.js:\d+:\d+/m

/** A fault in the form that all have: place, expected, found, and what to do about it. */
const faultOf = (place: string, expected: string, found: string, hint: string): RegExp => {
  const [a, b, c, d] = [place, expected, found, hint].map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${a}: expected ${b}.*, found ${c}\\. .*${d}`, "m")
}

const expectRefused = ({ code, out, err }: Outcome): void => {
  expect(code).toBe(2)
  expect(out).toBe("")
  expect(out + err).not.toMatch(stackLine)
}

const ok = (listen: string): string => `party: Friday\nnetwork: { listen: "${listen}" }\nsources: [{ name: Ann, tone: 440Hz }]\noutputs: [{ null: true }]\n`

const bad = `party: Friday
network:
  listen: 242.355.43.2:5004
  codc: l16
sources:
  - { name: Ann, file: songs/missing.wav }
  - { name: ann, tone: 440Hz, gain: 3Hz }
mix:
  master:
    inserts: [{ use: revreb }]
jitter: { delay: 10 }
`
const badFaults = [
  faultOf("bad.yaml:3:11 network.listen", "an IPv4 address", "242.355.43.2:5004", "355 is over 255. Did you mean the multicast default 239.255.43.2:5004?"),
  faultOf("bad.yaml:4:3 network.codc", "one of the keys", "codc", "Did you mean 'codec'?"),
  faultOf("bad.yaml:6:24 sources[0].file", "a file that is there", "songs/missing.wav", "relative paths start at"),
  faultOf("bad.yaml:7:13 sources[1].name", "a name that no other source has", "ann", "sources[0].name has it already."),
  faultOf("bad.yaml:7:37 sources[1].gain", "a gain with its unit, like -3dB", "3Hz", "'Hz' is a unit of frequency."),
  faultOf("bad.yaml:10:22 mix.master.inserts[0].use", "a plugin: ", "revreb", "Did you mean 'reverb'?"),
  faultOf("bad.yaml:11:18 jitter.delay", "a duration with its unit", "10", "Did you mean 10ms?"),
]

describe.skipIf(!existsSync(cliPath)).concurrent("bad input", () => {
  beforeAll(() => {
    writeFileSync(join(folder, "bad.yaml"), bad)
    writeFileSync(join(folder, "ok.yaml"), ok("none"))
    writeFileSync(join(folder, "not.yaml"), "party: [unclosed\n  b: }{\n")
    writeFileSync(join(folder, "text.yaml"), "hello\n")
    writeFileSync(join(folder, "empty.yaml"), "")
    writeFileSync(join(folder, "bytes.yaml"), Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 167 + 13) & 0xff)))
  })

  test.each(["run", "check"])("in a preset: %s tells all seven faults at once, each in its place", async (command) => {
    const outcome = await call(command, "bad.yaml")
    expectRefused(outcome)
    for (const fault of badFaults) expect(outcome.err).toMatch(fault)
    expect(outcome.err.trim().split("\n")).toHaveLength(badFaults.length)
  })

  test("in a preset: scripts get the same faults as JSON", async () => {
    const { code, out } = await call("run", "bad.yaml", "--json")
    expect(code).toBe(2)
    const line = out.trim().split("\n").map((text) => JSON.parse(text) as { type: string; faults?: unknown[] }).find(({ type }) => type === "error")
    expect(line?.faults).toHaveLength(badFaults.length)
    expect(line?.faults?.[0]).toMatchObject({ file: "bad.yaml", line: 3, column: 11, path: "network.listen", found: "242.355.43.2:5004" })
    expect(out).not.toMatch(stackLine)
  })

  test.each([
    ["not.yaml", /^not\.yaml:1:9 expected well-formed YAML, found party: \[unclosed\. .*':' missing/m],
    ["text.yaml", /^text\.yaml:1:1 expected a preset: .*, found hello\. For example party: Friday KTV\.$/m],
    ["empty.yaml", /^empty\.yaml:1:1 expected a preset: .*, found nothing\. For example/m],
    ["bytes.yaml", /^bytes\.yaml:\d+:\d+ expected /m],
    ["nowhere.yaml", /^nowhere\.yaml expected a preset, found no such file\. The folder examples has some/m],
    [".", /^\. expected a preset, found a folder$/m],
  ])("that is no preset: %s", async (name, message) => {
    const outcome = await call("run", name)
    expectRefused(outcome)
    expect(outcome.err).toMatch(message)
  })

  test("on the command line: every bad --set at once, with what was written as its place", async () => {
    const outcome = await call("run", "ok.yaml", "--set", "mix.strips.Ann.gian=-6dB", "--set", "jitter.delay=10", "--set", "network.listen=242.355.43.2")
    expectRefused(outcome)
    for (const fault of [
      faultOf("--set mix.strips.Ann.gian=-6dB mix.strips.Ann.gian", "one of the keys gain, ", "gian", "Did you mean 'gain'?"),
      faultOf("--set jitter.delay=10 jitter.delay", "a duration with its unit", "10", "Did you mean 10ms?"),
      faultOf("--set network.listen=242.355.43.2 network.listen", "an IPv4 address", "242.355.43.2", "239.255.43.2:5004?"),
    ]) expect(outcome.err).toMatch(fault)
    const unclear = await call("run", "ok.yaml", "--set", "nonsense")
    expectRefused(unclear)
    expect(unclear.err).toMatch(/^--set nonsense expected path=value, like \S+=\S+, found nonsense/m)
  })

  test("on the command line: send tells a bad --to and a missing file at once", async () => {
    const outcome = await call("send", "nowhere.wav", "--to", "242.355.43.2:5004", "--to", "127.0.0.1:99999")
    expectRefused(outcome)
    for (const fault of [
      faultOf("--to", "an IPv4 address", "242.355.43.2:5004", "Did you mean the multicast default 239.255.43.2:5004?"),
      faultOf("--to", "an IPv4 address", "127.0.0.1:99999", "A port is a number from 1 to 65535."),
      faultOf("FILE", "a file that is there", "nowhere.wav", "relative paths start at"),
    ]) expect(outcome.err).toMatch(fault)
  })

  test("on the command line: listen tells a bad address", async () => {
    const outcome = await call("listen", "242.355.43.2:5004")
    expectRefused(outcome)
    expect(outcome.err).toMatch(faultOf("ADDRESS", "an IPv4 address", "242.355.43.2:5004", "239.255.43.2:5004?"))
  })

  test("a port that another program has: which one, why, and what to do", async () => {
    const socket = createSocket("udp4").bind(await freeRtpPort(), "127.0.0.1")
    await once(socket, "listening")
    const { port } = socket.address()
    try {
      writeFileSync(join(folder, "busy.yaml"), ok(`127.0.0.1:${port}`))
      const outcome = await call("run", "busy.yaml")
      expectRefused(outcome)
      expect(outcome.err).toContain(`port ${port} is taken, so 127.0.0.1:${port} cannot be listened to`)
      expect(outcome.err).toContain("give network.listen another port")
    } finally {
      socket.close()
    }
  })

  test("an address that this computer does not have: which one, and what to do", async () => {
    const { code, out, err } = await call("listen", "192.0.2.7:5004", "--for", "1s")
    expect(code).toBe(2)
    expect(err).toMatch(/192\.0\.2\.7:5004 is no address of this computer\n\s+Use 0\.0\.0\.0/)
    expect(out + err).not.toMatch(stackLine)
  })

  test("a file that is no sound: which one, and what it must be", async () => {
    writeFileSync(join(folder, "noise.wav"), "this is no sound")
    const { code, out, err } = await call("send", "noise.wav", "--to", `127.0.0.1:${await freeRtpPort()}`)
    expect(code).toBe(2)
    expect(err).toMatch(/noise\.wav cannot be played[\s\S]*It must be a sound file/)
    expect(out + err).not.toMatch(stackLine)
  })
})
