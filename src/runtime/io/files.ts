/** Small looks at files for those who may not touch them themselves. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"

export const fileExists = (path: string): boolean => existsSync(path)

/** Bytes of a file that the build put beside a plugin's module. */
export const readPluginAsset = (pluginId: string, name: string): Promise<Uint8Array> =>
  readFile(new URL(`../../plugins/${pluginId}/${name}`, import.meta.url))
