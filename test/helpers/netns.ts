/**
 * A network of one's own: a Linux network namespace with nothing but a loopback interface that carries multicast. Programs that
 * run in it hear each other and nobody else, and nothing of them reaches the machine's networks.
 */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"

export interface Netns {
  /** A program and its arguments, to be run inside. Signals reach it, and its exit code comes back. */
  wrap(program: string, args: readonly string[]): readonly [string, readonly string[]]
  close(): Promise<void>
}

/** As root a bare namespace; otherwise one within a user namespace, where the system allows that. */
const unshareArguments = process.getuid?.() === 0 ? ["--net"] : ["--user", "--map-root-user", "--net"]
const enterArguments = process.getuid?.() === 0 ? ["--net"] : ["--user", "--net", "--preserve-credentials"]

const setUp = "ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo src 127.0.0.1"

/** Returns  why there can be none here, undefined when there can */
export const netnsMissing = (): string | undefined => {
  if (process.platform !== "linux") return "network namespaces are Linux's"
  if (spawnSync("nsenter", ["--version"], { stdio: "ignore" }).status !== 0) return "nsenter is not installed (apt install util-linux)"
  if (spawnSync("ip", ["-V"], { stdio: "ignore" }).status !== 0) return "ip is not installed (apt install iproute2)"
  const tried = spawnSync("unshare", [...unshareArguments, "sh", "-c", setUp], { encoding: "utf8" })
  return tried.status === 0 ? undefined : `no network namespace may be made here (${tried.stderr.trim().split("\n")[0] ?? ""})`
}

/** Makes one. It lives until `close`, at the longest as long as this process. */
export const openNetns = async (): Promise<Netns> => {
  // The holder ends when its standard input does, which is when this process does.
  const holder = spawn("unshare", [...unshareArguments, "sh", "-c", `${setUp} && echo up && exec cat`], { stdio: ["pipe", "pipe", "ignore"] })
  const gone = once(holder, "exit")
  const first = await Promise.race([once(holder.stdout, "data"), gone.then(() => undefined)])
  if (first === undefined || holder.pid === undefined) throw new Error("the network namespace could not be set up")
  const target = String(holder.pid)
  return {
    wrap: (program, args) => ["nsenter", ["--target", target, ...enterArguments, program, ...args]],
    close: async () => {
      holder.stdin.end()
      await gone
    },
  }
}
