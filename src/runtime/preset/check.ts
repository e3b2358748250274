/**
 * What must hold between the keys of a preset: names once, sends to buses that there are, files that there are, packets that fit.
 * Works on the tree as written, so that it finds its faults even where the shape is broken elsewhere. Thread: any      Realtime: no
 */
import { extname, resolve } from "node:path"
import { readSendAddress } from "./addresses.ts"
import { checkJitter } from "./check-jitter.ts"
import { didYouMean, orList } from "./nearest.ts"
import type { Path } from "./path.ts"
import { pathToText } from "./path.ts"
import { readName, shown } from "./reading.ts"
import { PACKET_FRAMES } from "./schema.ts"
import type { FaultList, TreeNode } from "./tree.ts"
import { nodeAt } from "./tree.ts"

export interface CheckOptions {
  /** Relative paths of the preset start here. Default: the working directory. */
  readonly baseDir?: string
  /** Whether a file is there; absent: files are not looked for. Gets a whole path. */
  readonly fileExists?: (path: string) => boolean
}

/** Endings of what can be decoded. */
const SONG_ENDINGS = [".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aiff"]
/** An Ethernet frame's 1500 bytes, less IP, UDP, RTP and room for header extensions. */
const MOST_PAYLOAD_BYTES = 1440

const at = (node: TreeNode | undefined, key: string): TreeNode | undefined => (node?.kind === "map" ? node.entries.get(key)?.node : undefined)
const keysOf = (node: TreeNode | undefined): string[] => (node?.kind === "map" ? [...node.entries.keys()] : [])
const itemsOf = (node: TreeNode | undefined): readonly TreeNode[] => (node?.kind === "list" ? node.items : [])
const valueOf = (node: TreeNode | undefined): unknown => (node?.kind === "leaf" ? node.value : undefined)
const textOf = (node: TreeNode | undefined): string | undefined => {
  const value = valueOf(node)
  return typeof value === "string" ? value : undefined
}

/** Adds every fault between keys. */
export const checkPreset = (root: TreeNode, faults: FaultList, options: CheckOptions): void => {
  checkJitter(root, faults)
  checkSources(root, faults, options)
  checkMix(root, faults)
  checkOutputs(root, faults, options)
  checkSendAddresses(root, faults)
  checkPacket(root, faults)
}

/** Exactly one of some keys. */
const checkOneOf = (node: TreeNode, path: Path, keys: readonly string[], faults: FaultList): void => {
  if (node.kind !== "map") return
  const given = keys.filter((key) => node.entries.has(key))
  const [, second] = given
  if (given.length === 0) faults.add(path, `one of ${orList(keys)}`, undefined, "For example device: default.")
  else if (second !== undefined) faults.add([...path, second], `only one of ${orList(keys)}`, given.join(" and "), undefined, "key")
}

/** A place and what stands there; undefined: nothing to compare. */
type Placed = readonly [path: Path, text: string | undefined]

/** Each value once. fold   what makes two spellings the same */
const checkOnce = (places: readonly Placed[], expected: string, faults: FaultList, fold: (text: string) => string): void => {
  const first = new Map<string, Path>()
  for (const [path, text] of places) {
    if (text === undefined) continue
    const before = first.get(fold(text))
    if (before === undefined) first.set(fold(text), path)
    else faults.add(path, expected, undefined, `${pathToText(before)} has it already.`)
  }
}

const lowerCase = (text: string): string => text.toLowerCase()

const checkSources = (root: TreeNode, faults: FaultList, options: CheckOptions): void => {
  const sources = itemsOf(nodeAt(root, ["sources"]))
  sources.forEach((source, index) => {
    const path = ["sources", index]
    checkOneOf(source, path, ["device", "file", "tone"], faults)
    if (at(source, "loop") !== undefined && at(source, "file") === undefined) {
      faults.add([...path, "loop"], "no loop: only a file can repeat", undefined, "Remove it.", "key")
    }
    if (valueOf(at(source, "local")) === false && valueOf(at(source, "send")) !== true) {
      faults.add([...path, "local"], "true, or send: true beside it", undefined, "As it is, nobody hears this source.")
    }
    checkSong([...path, "file"], textOf(at(source, "file")), faults, options)
  })
  const names = sources.map((source, index) => [["sources", index, "name"], textOf(at(source, "name"))] as const)
  checkOnce(names, "a name that no other source has", faults, lowerCase)
}

const checkSong = (path: Path, file: string | undefined, faults: FaultList, { baseDir = ".", fileExists }: CheckOptions): void => {
  if (file === undefined || file.trim() === "") return
  if (!SONG_ENDINGS.includes(extname(file).toLowerCase())) {
    return faults.add(path, `a sound file: ${orList(SONG_ENDINGS.map((ending) => ending.slice(1)))}`)
  }
  const whole = resolve(baseDir, file)
  if (fileExists !== undefined && !fileExists(whole)) {
    faults.add(path, "a file that is there", undefined, `There is no ${shown(whole)}; relative paths start at ${shown(resolve(baseDir))}.`)
  }
}

const checkMix = (root: TreeNode, faults: FaultList): void => {
  const strips = nodeAt(root, ["mix", "strips"])
  const buses = keysOf(nodeAt(root, ["mix", "buses"]))
  const shownBuses = buses.map((bus) => shown(bus))
  const checkName = (path: Path, name: string): void => {
    const reading = readName(name)
    if (!reading.ok) faults.add(path, reading.expected, shown(name), reading.hint, "key")
  }
  for (const bus of buses) checkName(["mix", "buses", bus], bus)
  for (const strip of keysOf(strips)) {
    if (strip !== "*") checkName(["mix", "strips", strip], strip)
    for (const bus of keysOf(at(at(strips, strip), "sends"))) {
      if (buses.includes(bus)) continue
      const expected = buses.length === 0 ? "a bus (mix.buses has none)" : `a bus: ${orList(shownBuses)}`
      faults.add(["mix", "strips", strip, "sends", bus], expected, shown(bus), didYouMean(bus, shownBuses), "key")
    }
  }
}

const checkOutputs = (root: TreeNode, faults: FaultList, { baseDir = "." }: CheckOptions): void => {
  const outputs = itemsOf(nodeAt(root, ["outputs"]))
  const sources = itemsOf(nodeAt(root, ["sources"]))
  const songs = new Set(sources.flatMap((source) => textOf(at(source, "file")) ?? []).map((file) => resolve(baseDir, file)))
  outputs.forEach((output, index) => {
    checkOneOf(output, ["outputs", index], ["device", "null", "file"], faults)
    const path = ["outputs", index, "file"]
    const file = textOf(at(output, "file"))
    if (file === undefined || file.trim() === "") return
    if (extname(file).toLowerCase() !== ".wav") faults.add(path, "a file that ends in .wav", undefined, "The mix is written as WAV.")
    else if (songs.has(resolve(baseDir, file))) faults.add(path, "a file that is no source of this party", undefined, "The mix would overwrite it.")
  })
  const files = outputs.map((output, index) => [["outputs", index, "file"], textOf(at(output, "file"))] as const)
  checkOnce(files, "a file that no other output writes", faults, (file) => resolve(baseDir, file))
  const devices = outputs.map((output, index) => [["outputs", index, "device"], textOf(at(output, "device"))] as const)
  checkOnce(devices, "a device that no other output plays on", faults, lowerCase)
}

const checkSendAddresses = (root: TreeNode, faults: FaultList): void => {
  const addresses = itemsOf(nodeAt(root, ["network", "send"])).map((node, index) => {
    const reading = readSendAddress(valueOf(node))
    return [["network", "send", index], reading.ok ? `${reading.value.address}:${reading.value.port}` : undefined] as const
  })
  checkOnce(addresses, "each address once", faults, lowerCase)
}

/** A packet of the widest sent source must fit into one datagram. */
const checkPacket = (root: TreeNode, faults: FaultList): void => {
  const packet = valueOf(nodeAt(root, ["network", "packet"]))
  if (typeof packet !== "number" || !Number.isInteger(packet) || packet > PACKET_FRAMES.max) return
  const sent = itemsOf(nodeAt(root, ["sources"])).filter((source) => valueOf(at(source, "send")) === true)
  if (sent.length === 0) return
  // A file without `channels` may turn out to be stereo.
  const stereo = sent.some((source) => {
    const channels = at(source, "channels")
    return channels === undefined ? at(source, "file") !== undefined : valueOf(channels) === 2
  })
  const codec = valueOf(nodeAt(root, ["network", "codec"])) === "l24" ? "l24" : "l16"
  const most = Math.floor(MOST_PAYLOAD_BYTES / ((codec === "l24" ? 3 : 2) * (stereo ? 2 : 1)))
  if (packet > most) {
    const expected = `at most ${most} frames, which is what one datagram holds of ${codec} in ${stereo ? "stereo" : "mono"}`
    faults.add(["network", "packet"], expected, undefined, `Did you mean ${most}?`)
  }
}
