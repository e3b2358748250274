/** Finds the device that a preset means. Pure: it is given the list. */
import { ResourceError } from "../../errors.ts"
import type { DeviceInfo } from "./device.ts"

export type Match = { readonly kind: "found"; readonly device: DeviceInfo } | { readonly kind: "missing"; readonly problem: string }

const found = (device: DeviceInfo): Match => ({ kind: "found", device })

const title = (device: DeviceInfo): string => (device.id === device.name ? device.id : `${device.id} (${device.name})`)

/** One line for an error's hint: what there is in this direction. */
export const describeDevices = (devices: readonly DeviceInfo[], direction: DeviceInfo["direction"]): string => {
  const those = devices.filter((device) => device.direction === direction).map(title)
  return those.length === 0 ? `There is no ${direction} device` : `There are these ${direction} devices: ${those.join(", ")}`
}

/**
 * The first rule that gives devices decides: exact id, exact name, either without regard to case, a part of either.
 * wanted  "default", or an id or name
 */
export const matchDevice = (devices: readonly DeviceInfo[], wanted: string, direction: DeviceInfo["direction"]): Match => {
  const candidates = devices.filter((device) => device.direction === direction)
  if (wanted === "default") {
    const device = candidates.find((candidate) => candidate.isDefault)
    return device === undefined ? { kind: "missing", problem: `there is no default ${direction} device` } : found(device)
  }
  const lower = wanted.toLowerCase()
  const rules: ((device: DeviceInfo) => boolean)[] = [
    (device) => device.id === wanted,
    (device) => device.name === wanted,
    (device) => device.id.toLowerCase() === lower || device.name.toLowerCase() === lower,
    (device) => device.id.toLowerCase().includes(lower) || device.name.toLowerCase().includes(lower),
  ]
  for (const rule of rules) {
    const [first, ...others] = candidates.filter(rule)
    if (first === undefined) continue
    if (others.length === 0) return found(first)
    const names = [first, ...others].map(title).join(", ")
    return { kind: "missing", problem: `"${wanted}" fits more than one ${direction} device: ${names}` }
  }
  return { kind: "missing", problem: `there is no ${direction} device "${wanted}"` }
}

/** As matchDevice. Fails  ResourceError, with the devices that there are in its hint */
export const requireDevice = (devices: readonly DeviceInfo[], wanted: string, direction: DeviceInfo["direction"]): DeviceInfo => {
  const match = matchDevice(devices, wanted, direction)
  if (match.kind === "found") return match.device
  throw new ResourceError(match.problem, describeDevices(devices, direction))
}
