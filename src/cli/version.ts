import { programVersion } from "../runtime/io/package-root.ts"

export const version: string = programVersion()
