/** Checks of the computer itself: Node, processor, timing, disk. Each takes what it judges, so that it can be tested anywhere. */
import { fail, ok, warn } from "./finding.ts"
import type { Finding } from "./finding.ts"

/** Source: `engines` of package.json */
export const checkNode = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24
  return fits ? ok("Node.js", version) : fail("Node.js", version, "Install Node 20.19, 22.12, 24 or newer.")
}

export const checkCores = (coreCount: number, governor: string | undefined): Finding => {
  const found = `${coreCount}${governor === undefined ? "" : `, governor ${governor}`}`
  if (coreCount < 2) return warn("processor cores", found, "One core must do everything: use blocks of 256 frames and few plugins.")
  return governor === "powersave"
    ? warn("processor cores", found, "Clicks under light load? Try: sudo cpupower frequency-set -g performance")
    : ok("processor cores", found)
}

/**
 * limits    the text of /proc/self/limits; undefined where there is none
 * isRoot    root needs no limits
 */
export const checkScheduling = (limits: string | undefined, isRoot: boolean): Finding => {
  const name = "real-time scheduling"
  if (limits === undefined) return ok(name, "this system does not limit it by user")
  const soft = (row: string): number => {
    const text = new RegExp(`^${row}\\s+(\\S+)`, "m").exec(limits)?.[1] ?? "0"
    return text === "unlimited" ? Infinity : Number(text)
  }
  const priority = soft("Max realtime priority")
  if (isRoot || priority > 0) return ok(name, isRoot ? "allowed (root)" : `priority up to ${priority}`)
  return warn(name, "not allowed", "Not needed, but with it the party keeps its beat on a busy computer: join the group audio, "
    + "with `@audio - rtprio 95` in /etc/security/limits.d/audio.conf, and log in again.")
}

export const checkClock = (source: string | undefined): Finding => {
  if (source === undefined) return ok("clock source", "not told by this system")
  return source === "hpet" || source === "acpi_pm" || source === "jiffies"
    ? warn("clock source", source, "Reading the time is slow here: boot with clocksource=tsc if the processor allows.")
    : ok("clock source", source)
}

const gigabyte = 1e9
/** Stereo at 24 bits and 48 kHz. */
const bytesPerHour = 48_000 * 2 * 3 * 3600

export const checkSpace = (folder: string, freeBytes: number): Finding => {
  const found = `${(freeBytes / gigabyte).toFixed(1)} GB in ${folder}, ${Math.floor(freeBytes / bytesPerHour)} hours of stereo`
  return freeBytes < gigabyte ? warn("free space", found, "Make room, or record elsewhere: { use: recorder, path: /other/disk }.") : ok("free space", found)
}
