/**
 * npm start [-- ARGS]: installs and builds what is needed, then runs the command line with ARGS; without any, the demo party.
 * Says what it does on stderr, and nothing when there is nothing to do.
 */
import { join } from "node:path"
import { prepare } from "./build.mjs"
import { handOver } from "./program.mjs"
import { root, say } from "./setup.mjs"

const given = process.argv.slice(2)
try {
  await prepare()
  handOver([join(root, "dist/cli/main.js"), ...(given.length > 0 ? given : ["run", join(root, "examples/demo.yaml")])])
} catch (error) {
  say(error.message)
  process.exitCode = 1
}
