import { describe, expect, it } from "vitest"
import { ResourceError } from "../../../../src/runtime/errors.ts"
import type { DeviceInfo } from "../../../../src/runtime/io/device/device.ts"
import { matchDevice, requireDevice } from "../../../../src/runtime/io/device/match.ts"

const device = (id: string, name: string, direction: DeviceInfo["direction"], isDefault = false): DeviceInfo =>
  ({ backend: "pulse", id, name, direction, channelCount: 2, rateHz: 48000, isDefault })

const devices = [
  device("usb-mic", "USB Microphone", "input", true),
  device("usb-mic-2", "Studio Microphone", "input"),
  device("hdmi", "TV", "output"),
  device("analog", "Speakers", "output", true),
  device("headset", "tv", "output"),
]

describe("matchDevice", () => {
  it.each([
    ["default", "input", "usb-mic"],
    ["default", "output", "analog"],
    ["usb-mic", "input", "usb-mic"],
    ["TV", "output", "hdmi"],
    ["tv", "output", "headset"],
    ["SPEAKERS", "output", "analog"],
    ["studio", "input", "usb-mic-2"],
    ["ANALOG", "output", "analog"],
  ] as const)("takes %s as %s to be %s", (wanted, direction, id) => {
    const match = matchDevice(devices, wanted, direction)
    expect(match.kind === "found" ? match.device.id : match.problem).toBe(id)
  })

  it.each([
    ["microphone", "input", /more than one.*usb-mic \(USB Microphone\), usb-mic-2/],
    ["Tv", "output", /more than one/],
    ["hdmi", "input", /no input device "hdmi"/],
    ["", "output", /more than one/],
  ] as const)("does not guess at %s as %s", (wanted, direction, problem) => {
    const match = matchDevice(devices, wanted, direction)
    expect(match.kind === "missing" ? match.problem : match.device.id).toMatch(problem)
  })

  it("has no default where none is marked", () => {
    expect(matchDevice([], "default", "output")).toEqual({ kind: "missing", problem: "there is no default output device" })
  })
})

it("requireDevice says what there is", () => {
  let thrown: unknown
  try {
    requireDevice(devices, "Organ", "output")
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(ResourceError)
  expect((thrown as ResourceError).hint).toBe("There are these output devices: hdmi (TV), analog (Speakers), headset (tv)")
})
