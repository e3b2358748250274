/**
 * UDP sockets for RTP: one that listens, unicast or in a multicast group, and one for each destination.
 *
 * A connected socket spares Node the address look-up of every datagram; for a multicast group an unconnected one is used, since
 * answers come from other addresses, with a look-up that answers at once.
 *
 * Thread: net
 */
import { createSocket, type Socket } from "node:dgram"
import { networkInterfaces } from "node:os"
import { messageOf, ResourceError } from "../errors.ts"
import type { Endpoint } from "../preset/preset.ts"

const RECEIVE_BUFFER_BYTES = 4 << 20

/** IPv4 address of an interface given by name or address; undefined for "auto". */
export function interfaceAddress(wanted: string): string | undefined {
  if (wanted === "auto") return undefined
  const all = networkInterfaces()
  const named = all[wanted]?.find((entry) => entry.family === "IPv4")
  if (named !== undefined) return named.address
  if (Object.values(all).some((entries) => entries?.some((entry) => entry.address === wanted))) return wanted
  throw new ResourceError(`no network interface ${wanted}`, `There are: ${Object.keys(all).join(", ")}`)
}

const plainLookup = (host: string, _options: unknown, callback: (error: Error | null, address: string, family: number) => void): void =>
  callback(null, host, 4)

const once = (socket: Socket, start: (done: () => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once("error", reject)
    start(() => {
      socket.off("error", reject)
      resolve()
    })
  })

const grow = (socket: Socket): void => {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
    socket.setSendBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // The system's limit stands; its size is enough for a party, only not for long stalls of this process.
  }
}

/**
 * Opens the socket that hears RTP and RTCP.
 * Fails  ResourceError: the port is taken, the group cannot be joined
 */
export async function openListener(listen: Endpoint, wantedInterface: string): Promise<Socket> {
  const socket = createSocket({ type: "udp4", reuseAddr: listen.multicast, lookup: plainLookup })
  try {
    const address = listen.multicast && process.platform === "win32" ? "0.0.0.0" : listen.address
    await once(socket, (done) => socket.bind({ port: listen.port, address, exclusive: true }, done))
    if (listen.multicast) socket.addMembership(listen.address, interfaceAddress(wantedInterface))
    grow(socket)
    return socket
  } catch (error) {
    socket.close()
    throw listenError(error, listen)
  }
}

function listenError(error: unknown, listen: Endpoint): ResourceError {
  const where = `${listen.address}:${listen.port}`
  const code = (error as NodeJS.ErrnoException).code
  if (code === "EADDRINUSE") {
    return new ResourceError(`port ${listen.port} is taken, so ${where} cannot be listened to`,
      "Another party may be running: stop it, or give network.listen another port", { cause: error })
  }
  if (code === "EADDRNOTAVAIL") {
    return new ResourceError(`${where} is no address of this computer`,
      "Use 0.0.0.0 for all of its addresses, or one that the computer has", { cause: error })
  }
  if (code === "ENODEV") {
    return new ResourceError(`no network interface takes multicast, so ${where} cannot be joined`,
      "Connect a network, name one in network.interface, or listen on 0.0.0.0", { cause: error })
  }
  return error instanceof ResourceError ? error
    : new ResourceError(`cannot listen on ${where}: ${messageOf(error)}`, "See `wifi-party doctor`", { cause: error })
}

export interface Destination {
  readonly endpoint: Endpoint
  readonly socket: Socket
  /** Our own address towards it, for descriptions. */
  readonly origin: string
  /** Sends bytes; a failure is reported to `onError` of the socket, or lost, never thrown. */
  send(bytes: Uint8Array, byteCount: number): void
  /** To another address from the same socket; multicast destinations only. */
  sendTo(bytes: Uint8Array, port: number, address: string): void
}

/** The address that a peer would know us by: the interface's, the socket's, or the first that is not loopback. */
function ownAddress(socket: Socket, from: string | undefined): string {
  const bound = from ?? socket.address().address
  if (bound !== "0.0.0.0") return bound
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []).filter((entry) => entry.family === "IPv4")
  return (all.find((entry) => !entry.internal) ?? all[0])?.address ?? "127.0.0.1"
}

/** Whether an address is one of this computer's, so that its clock is ours. */
export const isOwnAddress = (address: string): boolean =>
  Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.address === address) === true)

/** Opens a socket towards one address. */
export async function openDestination(endpoint: Endpoint, options: { readonly ttl: number; readonly interface: string }): Promise<Destination> {
  const socket = createSocket({ type: "udp4", lookup: plainLookup })
  const from = interfaceAddress(options.interface)
  try {
    await once(socket, (done) => socket.bind({ port: 0, ...(from !== undefined && { address: from }) }, done))
    grow(socket)
    if (endpoint.multicast) {
      socket.setMulticastTTL(options.ttl)
      socket.setMulticastLoopback(true)
      if (from !== undefined) socket.setMulticastInterface(from)
    } else await once(socket, (done) => socket.connect(endpoint.port, endpoint.address, done))
  } catch (error) {
    socket.close()
    throw new ResourceError(`cannot send to ${endpoint.address}:${endpoint.port}: ${messageOf(error)}`,
      "Check the address and the network; see `wifi-party doctor`", { cause: error })
  }
  const { port, address, multicast } = endpoint
  return {
    endpoint,
    socket,
    origin: ownAddress(socket, from),
    sendTo: (bytes, toPort, toAddress) => socket.send(bytes, toPort, toAddress),
    send(bytes, byteCount) {
      if (multicast) socket.send(bytes, 0, byteCount, port, address)
      else socket.send(bytes, 0, byteCount)
    },
  }
}
