/** Questions to the sound server, through pactl. */
import { execFile } from "node:child_process"
import { ResourceError } from "../../errors.ts"
import type { DeviceInfo } from "./device.ts"
import { pulsePackageHint, toolEnvironment } from "./pulse-client.ts"
import { defaultSourceOf, parseDevices, parseInfo } from "./pulse-devices.ts"
import type { ServerInfo } from "./pulse-devices.ts"

const limitMs = 4000

const serverHint = "Start it (systemctl --user start pipewire-pulse, or pulseaudio --start), or say where it is in PULSE_SERVER"

/** Fails  ResourceError */
const ask = (...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile("pactl", args, { env: toolEnvironment(), timeout: limitMs, maxBuffer: 16 << 20 }, (error, out, errors) => {
      if (error === null) return resolve(out)
      if (error.code === "ENOENT") return reject(new ResourceError("pactl is not installed", pulsePackageHint))
      const said = errors.trim().split("\n")[0] ?? ""
      const reason = error.killed === true ? `no answer for ${limitMs} ms` : said || error.message
      return reject(new ResourceError(`no PulseAudio or PipeWire server answers: ${reason}`, serverHint))
    })
  })

/** Fails  ResourceError */
export const askServer = async (): Promise<ServerInfo> => parseInfo(await ask("info"))

const askList = async (what: "sinks" | "sources"): Promise<string> => {
  try {
    return await ask("-f", "json", "list", what)
  } catch {
    // pactl before version 16 knows no JSON.
    return ask("list", "short", what)
  }
}

/** Fails  ResourceError */
export const listPulseDevices = async (): Promise<DeviceInfo[]> => {
  const info = await askServer()
  const [sinks, sources] = await Promise.all([askList("sinks"), askList("sources")])
  return [...parseDevices(sources, "input", defaultSourceOf(info)), ...parseDevices(sinks, "output", info.defaultSink)]
}
