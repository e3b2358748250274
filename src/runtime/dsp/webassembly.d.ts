/**
 * The part of the WebAssembly interface that this project uses: neither `es2023` nor Node's types declare it, and the browser's
 * types (`dom`) belong in no Node program.
 */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean })
    readonly buffer: ArrayBufferLike
    grow(deltaPages: number): number
  }
  class Module {
    private readonly module: never
    constructor(bytes: ArrayBufferView | ArrayBuffer)
  }
  class Instance {
    constructor(module: Module, imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>)
    readonly exports: Readonly<Record<string, unknown>>
  }
  function compile(bytes: ArrayBufferView | ArrayBuffer): Promise<Module>
}
