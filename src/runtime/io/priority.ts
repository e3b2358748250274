/**
 * Asks the system to run a thread before others. Real-time scheduling where the system lets us (root, or a limit for it), else a
 * better niceness, else nothing: each is tried, none is needed.
 */
import { execFile } from "node:child_process"
import { setPriority } from "node:os"

export type Priority = "real-time" | "raised" | "normal"

/** Above ordinary threads, below the kernel's own and the sound server's. */
const REALTIME_PRIORITY = 5
const NICENESS = -11

const realTime = (osThread: number): Promise<boolean> =>
  new Promise((resolve) => {
    execFile("chrt", ["--rr", "--pid", String(REALTIME_PRIORITY), String(osThread)], { timeout: 2000 }, (error) => resolve(error === null))
  })

/**
 * Raises a thread of this process.
 * osThread   the system's number of the thread; 0 where it is not known
 */
export async function raisePriority(osThread: number): Promise<Priority> {
  if (osThread === 0 || process.platform !== "linux") return "normal"
  if (await realTime(osThread)) return "real-time"
  try {
    setPriority(osThread, NICENESS)
    return "raised"
  } catch {
    return "normal"
  }
}
