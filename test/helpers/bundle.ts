/** One self-contained ES module of a TypeScript entry, as a browser takes it. */
import { build } from "vite"

export interface Bundle {
  readonly code: string
  /** What it would still load when it runs; none in a self-contained one. */
  readonly imports: readonly string[]
}

/** Fails  with vite's words */
export const bundleModule = async (entry: string): Promise<Bundle> => {
  const result = await build({
    configFile: false, envFile: false, logLevel: "error",
    build: { write: false, minify: false, target: "es2022", lib: { entry, formats: ["es"], fileName: "bundle" } },
  })
  const outputs = Array.isArray(result) ? result : [result]
  const chunks = outputs.flatMap((each) => ("output" in each ? each.output : []))
  const [chunk] = chunks
  if (chunk?.type !== "chunk" || chunks.length !== 1) throw new Error(`${entry} makes ${chunks.length} files, not one module`)
  return { code: chunk.code, imports: [...chunk.imports, ...chunk.dynamicImports] }
}
