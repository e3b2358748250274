/** Checks of the network. They only look: nothing is sent. */
import type { NetworkInterfaceInfo } from "node:os"
import { DEFAULT_GROUP } from "../../runtime/preset/addresses.ts"
import { fail, ok, warn } from "./finding.ts"
import type { Finding } from "./finding.ts"

export interface Route {
  readonly interface: string
  readonly destination: number
  readonly mask: number
}

/** The kernel writes addresses as hexadecimal of the machine's byte order. */
const fromHex = (text: string): number => {
  const bytes = Buffer.from(text.padStart(8, "0"), "hex")
  return bytes.readUInt32LE(0)
}

/** Rows of /proc/net/route. Source: Linux fib_route_seq_show */
export const parseRoutes = (text: string): Route[] =>
  text.split("\n").slice(1).flatMap((line): Route[] => {
    const [name, destination, , , , , , mask] = line.trim().split(/\s+/)
    return name === undefined || destination === undefined || mask === undefined
      ? [] : [{ interface: name, destination: fromHex(destination), mask: fromHex(mask) }]
  })

const addressNumber = (address: string): number => address.split(".").reduce((number, part) => number * 256 + Number(part), 0)

/** The route that the kernel would take: the longest mask that matches. */
export const routeFor = (routes: readonly Route[], address: string): Route | undefined => {
  const wanted = addressNumber(address)
  return routes.filter((route) => ((wanted & route.mask) >>> 0) === route.destination).toSorted((a, b) => b.mask - a.mask)[0]
}

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** routes   undefined where the system does not tell */
export const checkMulticast = (interfaces: Interfaces, routes: readonly Route[] | undefined): Finding => {
  const name = "multicast route"
  const outside = Object.entries(interfaces).filter(([, entries]) => entries?.some((entry) => entry.family === "IPv4" && !entry.internal) === true)
  if (outside.length === 0) return warn(name, "no network but this computer's own", "Connect to the home's network; on this computer alone use 127.0.0.1:5004.")
  const names = outside.map(([interfaceName]) => interfaceName).join(", ")
  if (routes === undefined) return ok(name, `by the system's choice; interfaces: ${names}`)
  const route = routeFor(routes, DEFAULT_GROUP.address)
  const first = outside[0]?.[0] ?? ""
  if (route === undefined) return warn(name, `none to ${DEFAULT_GROUP.address}`, `Add one: sudo ip route add 224.0.0.0/4 dev ${first}; or name it: network: { interface: ${first} }`)
  const choose = outside.length > 1 ? `; others: network: { interface: ${outside.map(([interfaceName]) => interfaceName).find((other) => other !== route.interface) ?? first} }` : ""
  return ok(name, `${DEFAULT_GROUP.address} goes out by ${route.interface}${choose}`)
}

/** reason   why the port could not be had; undefined when it could */
export const checkPort = (port: number, reason: string | undefined): Finding =>
  reason === undefined ? ok(`UDP port ${port}`, "free") : warn(`UDP port ${port}`, reason, "Another party or a media player has it: stop it, or set network.listen to another port.")

const wantedBufferBytes = 1 << 20

/** maxBytes   net.core.rmem_max; undefined where there is none */
export const checkBuffers = (maxBytes: number | undefined): Finding => {
  if (maxBytes === undefined) return ok("UDP buffers", "not limited in a way that can be read here")
  const found = `up to ${Math.round(maxBytes / 1024)} kB`
  return maxBytes >= wantedBufferBytes ? ok("UDP buffers", found)
    : warn("UDP buffers", found, "Enough for a party; with many peers: sudo sysctl -w net.core.rmem_max=4194304")
}

export const checkBuilt = (name: string, reason: string | undefined): Finding =>
  reason === undefined ? ok(name, "built") : fail(name, reason, "Run: npm run build")
