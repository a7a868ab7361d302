// Starts RE2 (package re2-wasm) from bytes that are part of the program, so that a compiled
// executable needs no file next to it. The package's own entry is not used: it looks for its module
// on disk, at the path of the machine that built the program, and it rewrites JavaScript escapes
// that RE2 itself rejects.

// Whoever imports this from outside the project has no tsconfig that includes the file.
// oxlint-disable-next-line triple-slash-reference -- it is no module that could be imported.
/// <reference path="./assets.d.ts" />

import { readFileSync } from "node:fs";
import loaderSource from "re2-wasm/build/wasm/re2.js" with { type: "text" };
import modulePath from "re2-wasm/build/wasm/re2.wasm" with { type: "file" };

/** RE2's result for a search: indexes count code points. */
export interface NativeMatch {
  readonly index: number;
  readonly match: string;
  readonly groups: readonly (string | undefined)[];
}

/** A pattern inside RE2's memory; it stays there until `delete`. */
export interface NativePattern {
  ok(): boolean;
  error(): string;
  match(input: string, start: number, withGroups: boolean): NativeMatch;
  delete(): void;
}

/** Makes patterns in RE2's module. */
export type NativeConstructor = new (
  pattern: string,
  ignoreCase: boolean,
  multiline: boolean,
  dotAll: boolean,
) => NativePattern;

/**
 * One instance of RE2 with its own fixed heap of 16 MiB. If anything throws, the instance must not
 * be used again.
 */
export interface NativeRe2 {
  readonly Pattern: NativeConstructor;
}

type NativeImports = ConstructorParameters<typeof WebAssembly.Instance>[1];

interface LoaderModule {
  instantiateWasm(
    imports: NativeImports,
    receive: (instance: WebAssembly.Instance) => void,
  ): unknown;
  print(line: string): void;
  printErr(line: string): void;
  WrappedRE2?: NativeConstructor;
}

let compiled: WebAssembly.Module | undefined;

/**
 * Starts an instance, in about a millisecond once the module is compiled (20 ms, once per process).
 */
export function startRe2(): NativeRe2 {
  compiled ??= new WebAssembly.Module(readFileSync(modulePath));
  const wasm = compiled;
  const silent = (): void => undefined;
  const module: LoaderModule = {
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(wasm, imports);
      receive(instance);
      return instance.exports;
    },
    print: silent,
    printErr: silent,
  };
  // The loader is a script that fills the variable `Module`. As parameters, the names by which it
  // would recognise Node, a browser or a worker are undefined: it then touches no file and no
  // process.
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is a pinned package's own
  const load = new Function("Module", "process", "window", "importScripts", loaderSource);
  load(module);
  if (module.WrappedRE2 === undefined) throw new Error("re2-wasm did not start");
  return { Pattern: module.WrappedRE2 };
}
