/** The engine was lost too often. `chatter` is what it printed last. */
export class EngineFailed extends Error {
  readonly _tag = "EngineFailed"
  readonly chatter: readonly string[]
  constructor(message: string, chatter: readonly string[]) {
    super(message)
    this.name = "EngineFailed"
    this.chatter = chatter
  }
}
