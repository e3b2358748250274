import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "cli-"))
afterAll(() => { rmSync(folder, { recursive: true }) })

const call = (...given: readonly string[]): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...given], { encoding: "utf8", cwd: folder })
  return { code: status, out: stdout, err: stderr }
}
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return name
}
const stackLine = /^\s+at .*:\d+:\d+/m

describe.skipIf(!existsSync(main))("the command line", () => {
  it("tells its version", () => {
    expect(call("--version")).toMatchObject({ code: 0, out: expect.stringMatching(/^wifi-party \d+\.\d+\.\d+\n$/) })
  })
  it("helps, for itself and for each command", () => {
    const help = call("--help")
    expect(help).toMatchObject({ code: 0, err: "" })
    for (const command of ["run", "check", "devices", "plugins", "doctor", "send", "listen"]) expect(help.out).toContain(`  ${command} `)
    for (const flag of ["--for", "--set", "--json", "--quiet"]) expect(call("run", "--help").out).toContain(flag)
  })
  it("completes in four shells", () => {
    for (const shell of ["bash", "zsh", "fish", "powershell"]) expect(call("--completions", shell).out).toContain("wifi-party")
  })
  it.each([
    [["rum"], /Unknown subcommand "rum".*Did you mean: run$/],
    [["run"], /Missing required argument: preset$/],
    [["run", "a.yaml", "--jsom"], /Unrecognized flag: --jsom.*--json$/],
    [["run", "a.yaml", "--for", "20"], /--for: "20"\. Expected: a duration.*Did you mean 20s\?$/],
    [["run", "a.yaml", "b.yaml"], /Unexpected positional argument: "b\.yaml"$/],
    [["send", "a.wav"], /Missing required flag: --to$/],
    [["send", "a.wav", "--to", "127.0.0.1", "--codec", "mp3"], /--codec: "mp3"\. Expected: "l16" \| "l24"$/],
    [["send", "a.wav", "--to", "127.0.0.1", "--packet", "many"], /--packet: "many"/],
  ])("answers %j with code 2, the error last, short, and no stack", (given, error) => {
    const { code, out, err } = call(...given)
    expect(code).toBe(2)
    expect(out).toBe("")
    expect(err.trim().split("\n")).toHaveLength(2)
    expect(err.trim()).toMatch(error)
    expect(err).not.toMatch(stackLine)
  })
  it("tells every fault of a preset at once, with its place, and exits with 2", () => {
    const name = file("bad.yaml", "party: Friday\nnetwork: { listen: 242.355.43.2:5004, codc: l16 }\nsources:\n  - { name: A, file: missing.wav }\n  - { name: a, tone: 440 }\n")
    for (const command of ["check", "run"]) {
      const { code, err } = call(command, name)
      expect(code).toBe(2)
      for (const part of ["bad.yaml:2:", "239.255.43.2", "'codec'", "bad.yaml:4:", "missing.wav", "bad.yaml:5:", "440Hz"]) expect(err).toContain(part)
      expect(err).not.toMatch(stackLine)
    }
    const { code, out } = call("check", name, "--json")
    expect(code).toBe(2)
    expect((JSON.parse(out) as { ok: boolean; faults: unknown[] }).faults.length).toBeGreaterThan(3)
  })
  it("tells what is wrong with a file that is no preset", () => {
    expect(call("run", "nowhere.yaml")).toMatchObject({ code: 2, err: expect.stringContaining("no such file") })
    expect(call("run", ".", "--json")).toMatchObject({ code: 2, out: expect.stringMatching(/^\{"type":"error"/) })
    expect(call("check", file("x.yaml", "a: [1\n b: }")).code).toBe(2)
  })
  it("checks a preset and prints its graph, with changes from --set", () => {
    const name = file("good.yaml", "party: Friday\nsources: [{ name: Beep, tone: 440Hz }]\noutputs: [{ null: true }]\n")
    expect(call("check", name, "--set", "mix.strips.Beep.gain=-6dB")).toMatchObject({ code: 0, out: expect.stringMatching(/Beep +gain -6dB/) })
    expect(JSON.parse(call("check", name, "--json").out)).toMatchObject({ ok: true, party: "Friday" })
  })
  it("lists plugins and devices, for people and as JSON", () => {
    expect(call("plugins").out).toContain("limiter (insert)")
    expect(JSON.parse(call("plugins", "--json").out)).toEqual(expect.arrayContaining([expect.objectContaining({ id: "echo" })]))
    expect(JSON.parse(call("devices", "--json").out)).toHaveProperty("backends")
  })
  it("names faults of send and listen as they were written", () => {
    expect(call("send", "missing.wav", "--to", "242.355.43.2").err).toMatch(/--to: .*239\.255\.43\.2[\s\S]*FILE: .*missing\.wav/)
    expect(call("listen", "300.1.1.1")).toMatchObject({ code: 2, err: expect.stringContaining("ADDRESS: ") })
  })
  it("examines the computer", () => {
    const findings = JSON.parse(call("doctor", "--json").out) as { check: string; state: string; todo?: string }[]
    expect(findings.map((finding) => finding.check)).toEqual(expect.arrayContaining(["Node.js", "multicast route", "UDP port 5004", "real-time scheduling", "free space"]))
    for (const finding of findings) if (finding.state !== "ok") expect(finding.todo).toMatch(/\w/)
  })
  it("ends quietly when nobody reads any more", () => {
    const { status, stderr } = spawnSync("bash", ["-c", `set -o pipefail; "${process.execPath}" "${main}" plugins --json | true`], { encoding: "utf8" })
    expect(stderr).toBe("")
    expect(status).toBe(0)
  })
})
