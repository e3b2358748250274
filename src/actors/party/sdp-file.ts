/**
 * Writes down what is sent (network.sdp), for programs that read SDP: the first description under the path itself, the others
 * beside it with a number, `party-2.sdp`, since most readers take one stream a file.
 */
import { parse, join } from "node:path"
import { messageOf } from "../../runtime/errors.ts"
import { writeTextFile } from "../../runtime/io/text-file.ts"
import type { Newsroom } from "./newsroom.ts"

const numbered = (path: string, index: number): string => {
  const { dir, name, ext } = parse(path)
  return index === 0 ? path : join(dir, `${name}-${index + 1}${ext}`)
}

/** path   whole; undefined: nothing is written */
export async function writeSdpFiles(path: string | undefined, descriptions: readonly string[], news: Newsroom): Promise<void> {
  if (path === undefined) return
  try {
    await Promise.all(descriptions.map((text, index) => writeTextFile(numbered(path, index), text)))
    news.tell("notice", "network.sdp", `${descriptions.map((_, index) => numbered(path, index)).join(", ")} written`)
  } catch (error) {
    news.tell("notice", "network.sdp", `cannot be written: ${messageOf(error)}`)
  }
}
