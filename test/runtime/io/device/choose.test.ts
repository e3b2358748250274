import { describe, expect, it } from "vitest"
import { chooseBackend } from "../../../../src/runtime/io/device/choose.ts"
import type { BackendId, DeviceBackend, DeviceInfo } from "../../../../src/runtime/io/device/device.ts"
import { probeDevices } from "../../../../src/runtime/io/device/probe.ts"

const fake = (id: BackendId, works: boolean, list: () => Promise<readonly DeviceInfo[]> = async () => []): DeviceBackend => ({
  id, list,
  probe: async () => (works ? { works, detail: `${id} is fine` } : { works, detail: `${id} is broken`, hint: `Mend ${id}` }),
  openInput: () => Promise.reject(new Error("not opened here")),
  openOutput: () => Promise.reject(new Error("not opened here")),
})

describe("chooseBackend", () => {
  it.each([
    [true, true, "auto", "pulse"],
    [false, true, "auto", "naudiodon"],
    [true, true, "naudiodon", "naudiodon"],
    [true, false, "pulse", "pulse"],
  ] as const)("pulse %s, naudiodon %s, wanted %s: takes %s and says why", async (pulse, naudiodon, wanted, chosen) => {
    const { backend, why } = await chooseBackend(wanted, [fake("pulse", pulse), fake("naudiodon", naudiodon)])
    expect(backend.id).toBe(chosen)
    expect(why).toContain(`${chosen}: `)
  })

  it("does not ask a backend that comes later", async () => {
    const later = { ...fake("naudiodon", true), probe: () => Promise.reject(new Error("asked")) }
    expect((await chooseBackend("auto", [fake("pulse", true), later])).backend.id).toBe("pulse")
  })

  it.each(["auto", "naudiodon"] as const)("%s fails with every reason and what to do", async (wanted) => {
    const choice = chooseBackend(wanted, [fake("pulse", wanted !== "auto"), fake("naudiodon", false)])
    await expect(choice).rejects.toMatchObject({ _tag: "ResourceError", hint: expect.stringContaining("Mend naudiodon") as string })
  })
})

describe("probeDevices", () => {
  it("tells of all backends and takes the first that works", async () => {
    const device: DeviceInfo = { backend: "naudiodon", id: "a", name: "A", direction: "output", channelCount: 2, rateHz: 48000, isDefault: true }
    const found = await probeDevices([fake("pulse", false), fake("naudiodon", true, async () => [device])])
    expect(found.backends).toEqual([
      { id: "pulse", works: false, detail: "pulse is broken", hint: "Mend pulse" },
      { id: "naudiodon", works: true, detail: "naudiodon is fine" },
    ])
    expect(found.devices).toEqual([device])
    expect(found.chosen).toBe("naudiodon")
  })

  it("counts a backend that cannot list as not working", async () => {
    const found = await probeDevices([fake("pulse", true, () => Promise.reject(new Error("the server has gone")))])
    expect(found).toMatchObject({ chosen: undefined, devices: [], backends: [{ works: false, detail: "the server has gone" }] })
  })
})
