import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { repositoryRoot } from "./source-text.ts"

/** Loads a module of scripts/, which is plain JavaScript; the test says what it expects of it. */
export const loadScript = async <Module>(name: string): Promise<Module> =>
  (await import(pathToFileURL(join(repositoryRoot, "scripts", name)).href)) as Module
