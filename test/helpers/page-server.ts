/** A web server on 127.0.0.1 that gives what it was given, isolated as shared memory wants it. */
import { once } from "node:events"
import { createServer } from "node:http"

export interface PageServer {
  /** "http://127.0.0.1:4711" */
  readonly origin: string
  close(): Promise<void>
}

const typeOf = (path: string): string => {
  if (path.endsWith(".js")) return "text/javascript"
  if (path.endsWith(".wasm")) return "application/wasm"
  return path.endsWith("/") ? "text/html; charset=utf-8" : "application/octet-stream"
}

/** files   by path, "/" being the page */
export const servePages = async (files: ReadonlyMap<string, string | Uint8Array>): Promise<PageServer> => {
  const server = createServer(({ url = "" }, response) => {
    const file = files.get(url)
    if (file === undefined) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, {
      "Content-Type": typeOf(url), "Cache-Control": "no-store",
      "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
    })
    response.end(file)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
