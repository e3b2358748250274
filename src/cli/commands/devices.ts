/** `devices`: sound devices by backend, which backend would be taken, and why. */
import type { DeviceInfo } from "../../runtime/io/device/device.ts"
import { probeDevices } from "../../runtime/io/device/probe.ts"
import { jsonLine } from "../lines/json-lines.ts"
import { exitCodes, print } from "../output.ts"
import type { ExitCode } from "../output.ts"
import { clean, cut, left, widthOf } from "../text.ts"

const longestId = 60

const deviceRows = (devices: readonly DeviceInfo[]): string[] => {
  const idWidth = Math.min(longestId, Math.max(0, ...devices.map((device) => widthOf(clean(device.id)))))
  return devices.map((device) =>
    `  ${device.isDefault ? "*" : " "} ${left(device.direction, 6)}  ${left(clean(device.id), idWidth)}  `
    + `${device.channelCount} ch ${device.rateHz} Hz  ${device.name === device.id ? "" : cut(clean(device.name), longestId)}`.trimEnd())
}

export const devices = async (given: { readonly json: boolean }): Promise<ExitCode> => {
  const found = await probeDevices()
  if (given.json) {
    print(jsonLine(found))
    return exitCodes.fine
  }
  for (const backend of found.backends) {
    const own = found.devices.filter((device) => device.backend === backend.id)
    print(`${backend.id}${backend.id === found.chosen ? " (chosen by auto)" : ""}: ${backend.works ? "works" : "does not work"}, ${clean(backend.detail)}`)
    if (backend.hint !== undefined) print(`  → ${clean(backend.hint)}`)
    for (const row of deviceRows(own)) print(row)
    if (backend.works && own.length === 0) print("    no devices")
    print("")
  }
  print(`auto takes ${found.chosen ?? "the virtual clock"}: ${clean(found.why)}`)
  print("* is the default. A preset names a device by its id, its name or a unique part of it.")
  return exitCodes.fine
}
