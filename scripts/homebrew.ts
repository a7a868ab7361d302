// Prints the Homebrew formula of a release, whose sums are in the file named.
// Usage: bun scripts/homebrew.ts dist/SHA256SUMS > dist/edge.rb
// EDGE_DOWNLOADS is where the files of releases are; below it each has a folder for its tag.

import { readFileSync } from "node:fs";
import { buildInfo } from "./build-info.ts";

const FORMULAE = [
  { os: "macos", cpu: "arm", file: "edge-darwin-arm64" },
  { os: "linux", cpu: "arm", file: "edge-linux-arm64" },
  { os: "linux", cpu: "intel", file: "edge-linux-amd64-baseline" },
] as const;

/** @throws when a file has no sum */
export function formula(sums: string, version: string, downloads: string): string {
  const sumOf = (file: string): string => {
    const line = sums.split("\n").find((one) => one.endsWith(`  ${file}`));
    if (line === undefined) throw new Error(`the sums have no ${file}.`);
    return line.slice(0, line.indexOf(" "));
  };
  const blocks = FORMULAE.map(
    ({ os, cpu, file }) => `
  on_${os} do
    on_${cpu} do
      url "${downloads}/v${version}/${file}", using: :nounzip
      sha256 "${sumOf(file)}"
    end
  end`,
  );
  return `class Edge < Formula
  desc "Telemetry proxy that applies policies"
  homepage "${downloads}"
  version "${version}"
  license "Apache-2.0"
${blocks.join("\n")}

  def install
    bin.install Dir["edge-*"].first => "edge"
  end

  service do
    run [opt_bin/"edge", etc/"edge/config.json"]
    keep_alive crashed: true
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/edge --version")
  end
end
`;
}

if (import.meta.main) {
  const [path = "dist/SHA256SUMS"] = process.argv.slice(2);
  const { version } = buildInfo();
  const downloads = Bun.env["EDGE_DOWNLOADS"];
  if (downloads === undefined || downloads === "") {
    console.error("homebrew: set EDGE_DOWNLOADS to the address that releases are below.");
    process.exitCode = 1;
  } else console.log(formula(readFileSync(path, "utf8"), version, downloads).trimEnd());
}
