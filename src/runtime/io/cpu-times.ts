/** CPU time of this process and of its threads. Threads only where the system tells (Linux). */
import { readFileSync, readlinkSync } from "node:fs"

/** Ticks a second of /proc's CPU times: fixed by Linux for user space. */
const TICKS_PER_SECOND = 100

/** The system's number of the calling thread; 0 where it does not tell. */
export function ownOsThread(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1))
  } catch {
    return 0
  }
}

/** User and system time of a thread so far, us; undefined where it cannot be told. */
export function threadCpuUs(osThread: number): number | undefined {
  if (osThread === 0) return undefined
  try {
    const text = readFileSync(`/proc/self/task/${osThread}/stat`, "utf8")
    // The name, in brackets, may hold anything; what follows it is numbers.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}

/** User and system time of the process so far, us. */
export function processCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
