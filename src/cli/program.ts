/**
 * The command line: what may be written, and which function answers. The only file that knows Effect's CLI; each command's
 * own code is loaded when it is asked for.
 */
import * as Argument from "effect/cli/Argument"
import * as CliConfig from "effect/cli/CliConfig"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import { flags, presetArgument } from "./arguments.ts"
import { errorText, exitCodeOf, exitCodes, print, printError } from "./output.ts"
import type { ExitCode } from "./output.ts"
import { clean } from "./text.ts"
import { version } from "./version.ts"

/** Carries a command's exit code through Effect's CLI. */
class CommandEnded {
  readonly _tag = "CommandEnded"
  readonly code: ExitCode
  constructor(code: ExitCode) {
    this.code = code
  }
}

/** A command's body, with its code or its error kept for the end. */
const job = (work: () => Promise<ExitCode>): Effect.Effect<void, CommandEnded> =>
  Effect.tryPromise({ try: work, catch: (error) => error }).pipe(
    Effect.matchEffect({
      onSuccess: (code) => Effect.fail(new CommandEnded(code)),
      onFailure: (error) => Effect.sync(() => printError(errorText(error))).pipe(Effect.andThen(Effect.fail(new CommandEnded(exitCodeOf(error))))),
    }))

const run = Command.make("run", {
  preset: presetArgument, for: flags.for, set: flags.set, trace: flags.trace, traceLast: flags.traceLast,
  json: flags.jsonLines, quiet: flags.quiet, verbose: flags.verbose,
}, (given) => job(async () => (await import("./commands/run.ts")).run(given))).pipe(
  Command.withDescription("Run a party until Ctrl-C. At a terminal: a screen with meters; keys move faders and mute, ? shows them."),
  Command.withExamples([
    { command: "wifi-party run examples/demo.yaml", description: "The demo party" },
    { command: "wifi-party run friday.yaml --set mix.strips.Ann.gain=-6dB --for 10m --json", description: "Changed, timed, for a script" },
    { command: "wifi-party run friday.yaml --trace-last 5m", description: "Keeps what the network did of late, for: wifi-party replay" },
  ]))

const check = Command.make("check", { preset: presetArgument, set: flags.set, json: flags.json },
  (given) => job(async () => (await import("./commands/check.ts")).check(given))).pipe(
  Command.withDescription("Validate a preset and print the graph that would run, with the latency of each path"))

const devices = Command.make("devices", { json: flags.json },
  (given) => job(async () => (await import("./commands/devices.ts")).devices(given))).pipe(
  Command.withDescription("List sound devices, and which backend would be used"))

const plugins = Command.make("plugins", { json: flags.json },
  (given) => job(async () => (await import("./commands/plugins.ts")).plugins(given))).pipe(
  Command.withDescription("List plugins with their parameters"))

const doctor = Command.make("doctor", { json: flags.json },
  (given) => job(async () => (await import("./commands/doctor.ts")).doctor(given))).pipe(
  Command.withDescription("Check this computer: sound, network, timing, files; and say what to do"))

const send = Command.make("send", {
  files: Argument.String("file").pipe(Argument.withMetavar("FILE"), Argument.withDescription("Sound files: wav, flac, mp3, ogg"), Argument.variadic({ min: 1 })),
  to: Flag.String("to").pipe(Flag.atLeast(1), Flag.withMetavar("ADDRESS"), Flag.withDescription("Where to send, like 192.168.1.20:5004; may be repeated")),
  codec: Flag.Literals("codec", ["l16", "l24"]).pipe(Flag.withDefault("l16"), Flag.withDescription("Samples of 16 or 24 bits")),
  packet: Flag.Int("packet").pipe(Flag.withDefault(128), Flag.withMetavar("FRAMES"), Flag.withDescription("Frames a packet")),
  loop: flags.toggle("loop", "Begin again at the end of each file"),
  name: Flag.String("name").pipe(Flag.withDefault(""), Flag.withMetavar("NAME"), Flag.withDescription("What listeners see; else the file's name")),
  for: flags.for, json: flags.jsonLines, quiet: flags.quiet, verbose: flags.verbose,
}, (given) => job(async () => (await import("./commands/send.ts")).send(given))).pipe(
  Command.withDescription("Send sound files as RTP; ends with the last file"),
  Command.withExamples([{ command: "wifi-party send song.flac --to 239.255.43.2:5004 --codec l24", description: "To everyone who listens" }]))

const listen = Command.make("listen", {
  address: Argument.String("address").pipe(Argument.withMetavar("ADDRESS"), Argument.withDescription("A group or own address: 239.255.43.2:5004, 0.0.0.0:5004")),
  record: Flag.String("record").pipe(Flag.withDefault(""), Flag.withMetavar("DIR"), Flag.withDescription("Write one WAV per peer, and the mix")),
  play: flags.toggle("play", "Play on the default device"),
  trace: flags.trace, traceLast: flags.traceLast,
  for: flags.for, json: flags.jsonLines, quiet: flags.quiet, verbose: flags.verbose,
}, (given) => job(async () => (await import("./commands/listen.ts")).listen(given))).pipe(
  Command.withDescription("Hear who sends to an address"),
  Command.withExamples([{ command: "wifi-party listen 239.255.43.2:5004 --record takes --for 10s", description: "Ten seconds of everyone" }]))

const replay = Command.make("replay", {
  file: Argument.String("file").pipe(Argument.withMetavar("FILE"), Argument.withDescription("A trace, made by run --trace")),
  policy: Flag.Literals("policy", ["tight", "steady", "safe"]).pipe(
    Flag.optional, Flag.map(Option.getOrUndefined), Flag.withDescription("What this policy would have done")),
  delay: flags.duration("delay", "What a delay that is kept would have done: 10ms"),
  min: flags.duration("min", "With --policy: the least delay"),
  max: flags.duration("max", "With --policy: the greatest delay"),
  stream: Flag.String("stream").pipe(Flag.atLeast(0), Flag.withMetavar("NAME"), Flag.withDescription("Only this singer; may be repeated")),
  wav: Flag.String("wav").pipe(Flag.withDefault(""), Flag.withMetavar("PATH"),
    Flag.withDescription("Write what was heard: a folder, or for one stream a .wav")),
  json: flags.json,
}, (given) => job(async () => (await import("./commands/replay.ts")).replay(given))).pipe(
  Command.withDescription("Run the jitter buffers of a trace again, bit by bit, or with another policy or delay"),
  Command.withExamples([
    { command: "wifi-party replay party.trace", description: "The same figures, and whether every block is the same" },
    { command: "wifi-party replay party.trace --policy tight --stream Ann --wav ann.wav", description: "What if" },
  ]))

const root = Command.make("wifi-party").pipe(
  Command.withDescription("Turns a home into a karaoke room: network audio with a mixer, plugins and recording."),
  Command.withSubcommands([run, check, devices, plugins, doctor, send, listen, replay]))

const formatter = CliOutput.defaultFormatter()

/** Suggestions, which stand below the message, put into its line. */
const oneLine = (message: string): string => clean(message.replace(/\s*Did you mean this\?\s*/, ". Did you mean: ").trim())

/** Help and version to standard output; a wrong invocation in two lines to the error output, the error last. */
const presenter: CliOutput.Presenter = {
  present: (event) => Effect.sync(() => {
    switch (event._tag) {
      case "Help": return print(formatter.formatHelpDoc(event.helpDoc))
      case "Version": return print(`${event.name} ${event.version}`)
      case "InvalidInvocation":
        printError(`usage: ${event.helpDoc.usage}   (more: ${event.commandPath.join(" ")} --help)`)
        for (const error of event.errors) printError(`error: ${oneLine(error.message)}`)
    }
  }),
}

const services = Layer.mergeAll(
  Layer.provideMerge(NodeChildProcessSpawner.layer, Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer, NodeTerminal.layer)),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }),
  CliOutput.layerPresenter(presenter))

const isUsageError = (error: CliError.CliError | CommandEnded): boolean =>
  error._tag !== "CommandEnded" && (error._tag !== "ShowHelp" || error.errors.length > 0)

/** Runs one command line. Returns  the exit code */
export const runProgram = (given: readonly string[]): Promise<ExitCode> =>
  Command.runWith(root, { version })(given).pipe(
    Effect.match({
      onSuccess: (): ExitCode => exitCodes.fine,
      onFailure: (error): ExitCode => (error._tag === "CommandEnded" ? error.code : isUsageError(error) ? exitCodes.badInput : exitCodes.fine),
    }),
    Effect.provide(services),
    Effect.runPromise)
