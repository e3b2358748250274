/**
 * Joins our readers of single values with Effect's Schema: a leaf is read from what was written, and its refusal travels as an issue
 * with what was expected and a hint. Thread: any      Realtime: no
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { Reader, Refusal } from "./reading.ts"

/** A refusal as an issue of Schema. about   "key": the fault is the key, not its value. found   what to show instead of the value */
export const refusalIssue = (refusal: Refusal, about: "key" | "value" = "value"): SchemaIssue.Issue =>
  new SchemaIssue.InvalidValue({ expected: refusal.expected, hint: refusal.hint, about })

/** A value that a reader understands. `Written` is how it stands in the preset, `Value` what it means. */
export const leaf = <Value, Written>(read: Reader<Value>): Schema.declareConstructor<Value, Written, readonly []> =>
  Schema.declareConstructor<Value, Written>()([], () => (raw) => {
    const reading = read(raw)
    return reading.ok ? Effect.succeed(reading.value) : Effect.fail(refusalIssue(reading))
  })
