/** Where the built package lies, from its sources and from its build alike. */

/** Entry of a worker thread: always the built file, since Node runs no TypeScript in workers on every version we support. */
export const workerUrl = (path: string): URL => new URL(`dist/${path}.js`, new URL("../../../", import.meta.url))
