import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { repositoryRoot } from "./scripts/source-text.ts"

const flake = join(repositoryRoot, "flake.nix")
const hasNix = spawnSync("nix-instantiate", ["--version"]).status === 0
const run = (...args: readonly string[]): string => execFileSync("nix-instantiate", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 26 })

/** The flake with a nixpkgs that gives back what it is given. */
const evaluate = (what: string): unknown => {
  const stub = `rec {
    lib.genAttrs = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
    legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ] (system: rec {
      nodejs_22 = "nodejs"; makeWrapper = "makeWrapper"; pulseaudio = "pulseaudio"; ffmpeg = "ffmpeg"; sox = "sox"; flac = "flac";
      python3 = "python3"; alsa-lib = "alsa-lib"; iproute2 = "iproute2"; chromium = "chromium";
      gst_all_1 = { gstreamer = "gstreamer"; gst-plugins-base = "base"; gst-plugins-good = "good"; };
      lib = {
        optionals = condition: list: if condition then list else [ ]; optionalString = condition: text: if condition then text else "";
        makeBinPath = list: toString list; makeSearchPath = path: list: toString list; licenses.mit = "MIT";
      };
      stdenv.hostPlatform.isLinux = builtins.match ".*-linux" system != null;
      importNpmLock = { __functor = self: given: given; npmConfigHook = "hook"; };
      buildNpmPackage = given: given // { outPath = "/nix/store/party"; };
      mkShell = given: given;
    });
  }`
  const expression = `let outputs = (import ${flake}).outputs { self = "source"; nixpkgs = ${stub}; }; in ${what}`
  return JSON.parse(run("--eval", "--strict", "--json", "--expr", expression))
}

// Without nix-instantiate (Debian: nix-bin) these are skipped.
describe.skipIf(!hasNix)("flake.nix (needs nix-instantiate)", () => {
  test("parses", () => {
    expect(run("--parse", flake)).toContain("buildNpmPackage")
  })

  test("has a package, an app and a shell for each system", () => {
    const systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"]
    expect(evaluate("builtins.mapAttrs (name: builtins.attrNames) { inherit (outputs) packages apps devShells; }")).toEqual({ packages: systems, apps: systems, devShells: systems })
    expect(evaluate("outputs.apps.x86_64-linux.default")).toEqual({ type: "app", program: "/nix/store/party/bin/wifi-party" })
    expect(evaluate("outputs.devShells.x86_64-linux.default.packages")).toContain("pulseaudio")
    expect(evaluate("outputs.devShells.aarch64-darwin.default.packages")).not.toContain("pulseaudio")
  })

  test("gives every package of the lock file an address, and takes the version from package.json", () => {
    const packages = evaluate("outputs.packages.x86_64-linux.default.npmDeps.packageLock.packages") as Record<string, { resolved?: string; integrity?: string; dev?: boolean }>
    const without = Object.entries(packages).filter(([path, entry]) => path !== "" && (entry.resolved === undefined || entry.integrity === undefined))
    expect(without).toEqual([])
    expect(packages["node_modules/@effect/platform-node-shared"]?.resolved).toMatch(/^https:\/\/registry\.npmjs\.org\/@effect\/platform-node-shared\/-\/platform-node-shared-[\d.]+\.tgz$/)
    const { version } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as { version: string }
    expect(evaluate("outputs.packages.x86_64-linux.default.version")).toBe(version)
  })
})
