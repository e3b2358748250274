/** `doctor`: checks this computer, says what it found and what to do. Sends nothing and changes nothing. */
import { readFileSync, statfsSync } from "node:fs"
import { availableParallelism, networkInterfaces } from "node:os"
import { manifests } from "../../plugins/registry.ts"
import { messageOf } from "../../runtime/errors.ts"
import { probeDevices } from "../../runtime/io/device/probe.ts"
import { loadDspModule } from "../../runtime/io/dsp-file.ts"
import { openListener } from "../../runtime/io/udp.ts"
import { DEFAULT_GROUP } from "../../runtime/preset/addresses.ts"
import type { Finding } from "../doctor/finding.ts"
import { checkBuffers, checkBuilt, checkMulticast, checkPort, parseRoutes } from "../doctor/network.ts"
import { checkSound } from "../doctor/sound.ts"
import { checkClock, checkCores, checkNode, checkScheduling, checkSpace } from "../doctor/system.ts"
import { activationLatency } from "../graph/plugin-latency.ts"
import { jsonLine } from "../lines/json-lines.ts"
import { exitCodes, print } from "../output.ts"
import type { ExitCode } from "../output.ts"
import { clean } from "../text.ts"

/** A small file of the system; undefined where there is none. */
const systemText = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8").trim()
  } catch {
    return undefined
  }
}

/** What is wrong with `work`; undefined for nothing. */
const reasonOf = async (work: () => Promise<unknown>): Promise<string | undefined> => {
  try {
    await work()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

const tryPort = async (): Promise<void> => {
  const socket = await openListener({ address: "0.0.0.0", port: DEFAULT_GROUP.port, multicast: false }, "auto")
  await new Promise<void>((resolve) => { socket.close(() => resolve()) })
}

const tryPlugins = async (): Promise<void> => {
  for (const manifest of await manifests()) {
    const params = Object.fromEntries(Object.entries(manifest.params).map(([name, spec]) => [name, spec.default]))
    await activationLatency({ use: manifest.id, params }, { rateHz: 48_000, blockFrames: 128 })
  }
}

const findings = async (): Promise<Finding[]> => {
  const folder = process.cwd()
  const disk = statfsSync(folder)
  const rmem = systemText("/proc/sys/net/core/rmem_max")
  const routes = systemText("/proc/net/route")
  return [
    checkNode(process.versions.node),
    checkBuilt("audio kernels", await reasonOf(loadDspModule)),
    checkBuilt("plugins", await reasonOf(tryPlugins)),
    ...checkSound(await probeDevices()),
    checkMulticast(networkInterfaces(), routes === undefined ? undefined : parseRoutes(routes)),
    checkPort(DEFAULT_GROUP.port, await reasonOf(tryPort)),
    checkBuffers(rmem === undefined ? undefined : Number(rmem)),
    checkCores(availableParallelism(), systemText("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
    checkScheduling(systemText("/proc/self/limits"), process.getuid?.() === 0),
    checkClock(systemText("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
    checkSpace(folder, disk.bavail * disk.bsize),
  ]
}

const marks: Readonly<Record<Finding["state"], string>> = { ok: "ok  ", warn: "warn", fail: "FAIL" }

const findingText = (finding: Finding): string =>
  `${marks[finding.state]}  ${finding.check}: ${clean(finding.found)}${finding.todo === undefined ? "" : `\n        → ${clean(finding.todo)}`}`

/** 0 unless something fails. */
export const doctor = async (given: { readonly json: boolean }): Promise<ExitCode> => {
  const all = await findings()
  print(given.json ? jsonLine(all) : all.map(findingText).join("\n"))
  return all.some((finding) => finding.state === "fail") ? exitCodes.failed : exitCodes.fine
}
