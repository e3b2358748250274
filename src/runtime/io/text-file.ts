/** Whole small texts, written at once; the folder is made if need be. */
import { mkdir, writeFile } from "node:fs/promises"
import { dirname } from "node:path"

export async function writeTextFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
