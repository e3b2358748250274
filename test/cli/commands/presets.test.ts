import { describe, expect, it } from "vitest"
import { readDuration } from "../../../src/cli/arguments.ts"
import { listenPreset } from "../../../src/cli/commands/listen.ts"
import { sendPreset, sourceNames } from "../../../src/cli/commands/send.ts"
import { PresetError } from "../../../src/runtime/errors.ts"

const common = { for: undefined, json: false, quiet: false, verbose: false }
const sending = { ...common, files: ["missing.wav"], to: ["127.0.0.1:5004"], codec: "l24" as const, packet: 128, loop: false, name: "" }

describe("durations", () => {
  it("are read with their unit", () => {
    expect(["20s", "500ms", "2m", "1.5 s", "1min"].map(readDuration)).toEqual([20_000, 500, 120_000, 1500, 60_000])
  })
  it("are refused without one, or out of range", () => {
    for (const text of ["20", "soon", "", "-3s", "0s", "1h", "99999999s"]) expect(() => readDuration(text)).toThrow(/duration/)
  })
})

describe("send", () => {
  it("gives every file a name of its own", () => {
    expect(sourceNames(["a/song.wav", "b/Song.flac", "x.mp3"], "")).toEqual(["song", "Song (2)", "x"])
    expect(sourceNames(["a/song.wav"], "Ann")).toEqual(["Ann"])
    expect(sourceNames(["a.wav", "b.wav"], "Ann")).toEqual(["Ann a", "Ann b"])
  })
  it("tells every fault at once, in the words of the command line", async () => {
    const error = await sendPreset({ ...sending, to: ["242.355.43.2"], packet: 9999 }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(PresetError)
    expect((error as PresetError).faults.map((fault) => fault.path).toSorted()).toEqual(["--packet", "--to", "FILE"])
    expect((error as PresetError).message).toContain("239.255.43.2")
  })
})

describe("listen", () => {
  it("hears, sends nothing, and shows by default only who is there", async () => {
    const preset = await listenPreset({ ...common, address: "0.0.0.0:6000", record: "", play: false })
    expect(preset).toMatchObject({ sources: [], outputs: [{ kind: "null" }], network: { send: [], listen: { address: "0.0.0.0", port: 6000 } } })
    expect(preset.mix.strips["*"]?.inserts).toEqual([])
  })
  it("records each peer and the mix, and plays where asked", async () => {
    const preset = await listenPreset({ ...common, address: "239.255.43.2", record: "takes", play: true })
    expect(preset.outputs).toEqual([{ kind: "device", device: "default" }])
    for (const place of [preset.mix.strips["*"], preset.mix.master]) expect(place?.inserts).toMatchObject([{ use: "recorder", params: { path: "takes" } }])
  })
  it("waits long where nobody hears it, and safely where somebody does", async () => {
    const settingOf = async (play: boolean) => (await listenPreset({ ...common, address: "0.0.0.0:6000", record: "", play })).jitter.setting
    expect([await settingOf(false), await settingOf(true)]).toEqual([{ delayMs: 100 }, { policy: "safe" }])
  })
  it("refuses an address that cannot be", async () => {
    await expect(listenPreset({ ...common, address: "300.1.1.1", record: "", play: false })).rejects.toThrow(/ADDRESS: expected an IPv4 address/)
  })
})
