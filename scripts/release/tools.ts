// Programs that the check of a release uses, where they come from, and what is done without them.

import { homedir } from "node:os";
import { join } from "node:path";

/** What a check may use. */
export interface CheckContext {
  /** Of the project. */
  readonly root: string;
  /** For what it makes; removed at the end. */
  readonly folder: string;
  /** Whether derived files are written instead of compared. */
  readonly isWriting: boolean;
}

export interface Check {
  readonly name: string;
  /** Answers what is worth telling. @throws {SkipError} and any other error for what is wrong */
  readonly run: (context: CheckContext) => string | undefined | Promise<string | undefined>;
}

/** Says why something could not be tried. */
export class SkipError extends Error {
  readonly code = "skip";
}

const GO_FOLDER = join(homedir(), "go/bin");
const PYTHON_FOLDER = join(homedir(), ".cache/edge-release-check");

/** Modules of Go, by the program that they make. */
const GO_TOOLS: Readonly<Record<string, string>> = {
  helm: "helm.sh/helm/v3/cmd/helm@v3.17.3",
  actionlint: "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7",
  nfpm: "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0",
};
/** Packages of Python, by the program that they make. */
const PYTHON_TOOLS: Readonly<Record<string, string>> = {
  "kubernetes-validate": "kubernetes-validate==1.37.0",
};

/** Path of a program. @throws {SkipError} */
export function tool(name: string): string {
  const path = [process.env["PATH"] ?? "", GO_FOLDER, join(PYTHON_FOLDER, "bin")].join(":");
  const found = Bun.which(name, { PATH: path });
  if (found !== null) return found;
  const isInstalled = name in GO_TOOLS || name in PYTHON_TOOLS;
  throw new SkipError(`${name} is missing${isInstalled ? "; --install fetches it" : ""}`);
}

/** What a command printed. @throws with all of it when it fails */
export function output(command: readonly string[], options: RunOptions = {}): string {
  const { cwd, env = {} } = options;
  const ran = Bun.spawnSync([...command], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdin: "ignore",
  });
  const printed = `${ran.stdout.toString()}${ran.stderr.toString()}`;
  if (ran.success) return ran.stdout.toString();
  throw new Error(`${command.join(" ")} ended with ${ran.exitCode}:\n${printed.trimEnd()}`);
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Fetches what is missing and can be fetched; what fails is skipped later, with its reason. */
export function install(): void {
  const isMissing = (name: string): boolean => {
    try {
      tool(name);
      return false;
    } catch {
      return true;
    }
  };
  const attempt = (command: readonly string[], env = {}): void => {
    try {
      output(command, { env });
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
    }
  };
  for (const [name, module] of Object.entries(GO_TOOLS)) {
    if (isMissing(name)) attempt(["go", "install", module], { GOBIN: GO_FOLDER });
  }
  for (const [name, wheel] of Object.entries(PYTHON_TOOLS)) {
    if (!isMissing(name)) continue;
    attempt(["python3", "-m", "venv", PYTHON_FOLDER]);
    attempt([join(PYTHON_FOLDER, "bin/pip"), "install", "--quiet", wheel]);
  }
}
