/** Checks of the sound devices, from what the probe found. */
import type { BackendId } from "../../runtime/io/device/device.ts"
import type { DeviceProbe } from "../../runtime/io/device/probe.ts"
import { ok, warn } from "./finding.ts"
import type { Finding } from "./finding.ts"

const titles: Readonly<Record<BackendId, string>> = { naudiodon: "naudiodon", pulse: "PulseAudio, PipeWire" }

/** A backend that does not work is no failure: another one, or the virtual clock, takes its place. */
export const checkSound = (probe: DeviceProbe): Finding[] => [
  ...probe.backends.map((backend) => (backend.works
    ? ok(titles[backend.id], backend.detail)
    : warn(titles[backend.id], backend.detail, backend.hint ?? "The party runs without it."))),
  ...(["output", "input"] as const).map((direction) => {
    const name = direction === "output" ? "loudspeakers" : "microphones"
    const devices = probe.devices.filter((device) => device.direction === direction && device.backend === probe.chosen)
    const standard = devices.find((device) => device.isDefault)?.name
    return devices.length > 0
      ? ok(name, `${devices.length}${standard === undefined ? "" : `, default: ${standard}`}`)
      : warn(name, "none found", direction === "output"
        ? "The party runs on a virtual clock: it mixes and records, but nobody hears it here." : "Plug one in, or use files, tones and other computers as sources.")
  }),
  probe.chosen === undefined ? warn("backend auto", "none", probe.why) : ok("backend auto", `${probe.chosen}: ${probe.why}`),
]
