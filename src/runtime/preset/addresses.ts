/**
 * IPv4 addresses with ports, as a preset writes them. Thread: any      Realtime: no
 *
 * Source   RFC 5771 (224.0.0.0/4 is multicast), RFC 1112 (240.0.0.0/4 is reserved), RFC 1122 3.2.1.3 (0.0.0.0/8 is "this host")
 */
import type { Endpoint } from "./preset.ts"
import type { Reader, Reading } from "./reading.ts"
import { accept, readText, refuse, shown } from "./reading.ts"

const DEFAULT_PORT = 5004
export const DEFAULT_GROUP: Endpoint = { address: "239.255.43.2", port: DEFAULT_PORT, multicast: true }

const GROUP_HINT = `Did you mean the multicast default ${DEFAULT_GROUP.address}:${DEFAULT_GROUP.port}?`
const EXPECTED = `an IPv4 address with a port, like ${DEFAULT_GROUP.address}:${DEFAULT_GROUP.port}`

/** Why a text is no usable IPv4 address; undefined when it is one. */
const whyNoAddress = (text: string): string | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,9}$/u.test(part))) {
    return /^[\d.]+$/u.test(text) ? `${text} is no IPv4 address: it takes four numbers with dots between them.` : `${shown(text)} is no IPv4 address.`
  }
  const meant = parts.map(Number)
  const [first = 0] = meant
  const looksLikeGroup = first >= 224 ? ` ${GROUP_HINT}` : ""
  const tooBig = meant.find((part) => part > 255)
  if (tooBig !== undefined) return `${text} is no IPv4 address: ${tooBig} is over 255.${looksLikeGroup}`
  if (parts.some((part) => part.length > 1 && part.startsWith("0"))) return `Leading zeros are ambiguous. Did you mean ${meant.join(".")}?`
  if (first >= 240) return `${text} is reserved: nothing can be sent to 240.0.0.0 and above.${looksLikeGroup}`
  if (first === 0 && text !== "0.0.0.0") return `${text} is reserved: no address begins with 0.`
  return undefined
}

const isMulticast = (address: string): boolean => {
  const first = Number(address.slice(0, address.indexOf(".")))
  return first >= 224 && first < 240
}

const readEndpointText = (text: string): Reading<Endpoint> => {
  const colon = text.indexOf(":")
  if (colon !== text.lastIndexOf(":")) return refuse(EXPECTED, "IPv6 addresses cannot be used.")
  const address = colon < 0 ? text : text.slice(0, colon)
  const portText = colon < 0 ? undefined : text.slice(colon + 1)
  if (address.toLowerCase() === "localhost") return refuse(EXPECTED, `Did you mean 127.0.0.1:${DEFAULT_PORT}?`)
  const why = whyNoAddress(address)
  if (why !== undefined) return refuse(EXPECTED, why)
  const port = portText === undefined ? DEFAULT_PORT : /^\d{1,5}$/u.test(portText) ? Number(portText) : 0
  if (port < 1 || port > 65_535) return refuse(EXPECTED, `A port is a number from 1 to 65535. Did you mean ${address}:${DEFAULT_PORT}?`)
  return accept({ address, port, multicast: isMulticast(address) })
}

/** Where to send: a multicast group or one computer. Without a port: 5004. */
export const readSendAddress: Reader<Endpoint> = (raw) => {
  if (typeof raw !== "string" || raw.trim() === "") return refuse(EXPECTED, typeof raw === "number" ? GROUP_HINT : undefined)
  const reading = readEndpointText(raw.trim())
  if (reading.ok && reading.value.address === "0.0.0.0") {
    return refuse(EXPECTED, `0.0.0.0 can only be listened on. ${GROUP_HINT}`)
  }
  return reading
}

/** Where to listen: a group, an own address, 0.0.0.0 for all of them, or `none`. Without a port: 5004. */
export const readListenAddress: Reader<Endpoint | "none"> = (raw) => {
  if (raw === "none") return accept("none")
  if (typeof raw === "number" && Number.isInteger(raw)) return refuse(`${EXPECTED}, or none`, `Did you mean 0.0.0.0:${raw}?`)
  if (typeof raw !== "string" || raw.trim() === "") return refuse(`${EXPECTED}, or none`, raw === false ? "Did you mean none?" : undefined)
  return readEndpointText(raw.trim())
}

/** `auto`, an interface's name, or one of its addresses. */
export const readInterface: Reader<string> = (raw) => {
  const expected = "auto, the name of a network interface, or its address"
  const reading = readText(expected, 256)(raw)
  const why = reading.ok && /^\d+\.[\d.]*$/u.test(reading.value) ? whyNoAddress(reading.value) : undefined
  return why === undefined ? reading : refuse(expected, why)
}
