{
  description = "Wi-Fi Party: turns a home into a karaoke room";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forEach = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});

      manifest = builtins.fromJSON (builtins.readFile ./package.json);
      lock = builtins.fromJSON (builtins.readFile ./package-lock.json);

      # naudiodon brings a PortAudio made for other systems, which does not load under Nix. It is optional: on Linux sound goes
      # through PulseAudio's or PipeWire's own clients.
      leftOut = path: builtins.match "node_modules/(naudiodon|naudiodon/.*|segfault-handler|bindings|file-uri-to-path)" path != null;

      # The lock file names versions and hashes; the address follows from them.
      fullName = path: builtins.elemAt (builtins.match "(.*/)?node_modules/((@[^/]+/)?[^/]+)" path) 1;
      addressOf = path: module:
        let
          name = module.name or (fullName path);
          file = builtins.elemAt (builtins.match "(@[^/]+/)?([^/]+)" name) 1;
        in
        "https://registry.npmjs.org/${name}/-/${file}-${module.version}.tgz";
      withAddress = path: module:
        if module ? integrity && !(module ? resolved) then module // { resolved = addressOf path module; } else module;
      packages = builtins.removeAttrs lock.packages (builtins.filter leftOut (builtins.attrNames lock.packages));
      nixManifest = builtins.removeAttrs manifest [ "optionalDependencies" "overrides" "allowScripts" ];
      nixLock = lock // {
        packages = builtins.mapAttrs withAddress packages // {
          "" = builtins.removeAttrs packages."" [ "optionalDependencies" ];
        };
      };

      party = pkgs: pkgs.buildNpmPackage {
        pname = manifest.name;
        inherit (manifest) version;
        src = self;
        nodejs = pkgs.nodejs_22;
        npmDeps = pkgs.importNpmLock { npmRoot = ./.; package = nixManifest; packageLock = nixLock; };
        npmConfigHook = pkgs.importNpmLock.npmConfigHook;
        nativeBuildInputs = [ pkgs.makeWrapper ];
        # The demo's sounds are made by the build, not kept in git.
        postInstall = ''
          mkdir -p $out/lib/node_modules/${manifest.name}/examples
          cp -r examples/. $out/lib/node_modules/${manifest.name}/examples/
        '' + pkgs.lib.optionalString pkgs.stdenv.hostPlatform.isLinux ''
          wrapProgram $out/bin/wifi-party --suffix PATH : ${pkgs.lib.makeBinPath [ pkgs.pulseaudio ]}
        '';
        meta = {
          inherit (manifest) description;
          license = pkgs.lib.licenses.mit;
          mainProgram = "wifi-party";
          platforms = systems;
        };
      };
    in
    {
      packages = forEach (pkgs: { default = party pkgs; });

      # nix run . -- run examples/demo.yaml
      apps = forEach (pkgs: {
        default = {
          type = "app";
          program = "${party pkgs}/bin/wifi-party";
        };
      });

      devShells = forEach (pkgs: {
        default = pkgs.mkShell {
          packages = [ pkgs.nodejs_22 pkgs.ffmpeg pkgs.sox pkgs.flac pkgs.gst_all_1.gstreamer ]
            ++ pkgs.lib.optionals pkgs.stdenv.hostPlatform.isLinux [ pkgs.python3 pkgs.alsa-lib pkgs.pulseaudio pkgs.iproute2 pkgs.chromium ];
          GST_PLUGIN_SYSTEM_PATH_1_0 = pkgs.lib.makeSearchPath "lib/gstreamer-1.0" [
            pkgs.gst_all_1.gst-plugins-base
            pkgs.gst_all_1.gst-plugins-good
          ];
        };
      });
    };
}
