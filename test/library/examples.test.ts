// Examples in the comments of what the library exports: they are there, and their types are right.

import { expect, test } from "bun:test";
import { read } from "../support/source-tree.ts";
import { Outside, shownFiles } from "./outside.ts";
import { exportsOf } from "./public-types.ts";

/** What programs meet first. */
const MAIN = `
  createEngine decodePolicySet putInForce createRegexValidator
  otlpJsonFormat otlpProtobufFormat datadogLogsFormat datadogSeriesJsonFormat
  datadogSeriesProtobufFormat lokiJsonFormat lokiProtobufFormat
  PolicyStreamingFilter ProtobufFilter FilteringWriter FieldAccessor LineParser
  EventBus createLog Tracer PolicyRegistry createProviders PolicyRuntime
  Router ProxyServer Executor UpstreamClient compress
  loadConfig loadSettings startProxy startProgram SelfServer Component
`
  .trim()
  .split(/\s+/);

/** What examples take for granted. */
const GIVEN = `
  declare const bus: EventBus, engine: Engine, evaluation: Evaluation, config: ProxyConfig;
  declare const body: Uint8Array, bytes: Uint8Array, chunk: Uint8Array, text: string;
  declare const stream: ReadableStream<Uint8Array>, sink: ByteSink, parser: LineParser;
  declare const request: Request, router: Router, executor: Executor, upstream: Upstream;
  declare const policies: PolicySet["policies"], providers: readonly PolicyProvider[];
  declare const identity: SyncIdentity, metrics: Metrics, readiness: Readiness;
  declare const schema: Parameters<typeof loadSettings>[0]["schema"];
`;

/** The example in the comment before a declaration. */
function exampleOf(name: string, path: string): string | undefined {
  const declaration = `export (?:abstract |async )?(?:interface|type|class|function\\*?|const) ${name}\\b`;
  const [, comment = ""] =
    new RegExp(`/\\*\\*\\n((?: \\*[^\\n]*\\n)+?) \\*/\\n${declaration}`).exec(read(path).text) ??
    [];
  const [, example] = / \* @example\n([\s\S]*)$/.exec(comment) ?? [];
  return example?.replaceAll(/^ \* ?/gm, "");
}

const exported = exportsOf("src/index.ts");
const examples = [...exported].flatMap(([name, { path }]) => {
  const example = exampleOf(name, path);
  return example === undefined ? [] : [[name, example] as const];
});

test("the main exports have an example", () => {
  const names = examples.map(([name]) => name);
  expect(MAIN.filter((name) => !names.includes(name))).toEqual([]);
});

/** A module of its own, in which names that the example makes hide those that are given. */
function moduleOf(example: string): string {
  const names = [...exported.keys()].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(example + GIVEN),
  );
  return [
    `import { ${names.map((name) => (isType(name) ? `type ${name}` : name)).join(", ")} } from "@edge/edge";`,
    GIVEN,
    `export async function example(): Promise<void> {\n${example}\n}`,
  ].join("\n");
}

function isType(name: string): boolean {
  const { path, isType: isOnlyType } = exported.get(name)!;
  return (
    isOnlyType || new RegExp(`^export (?:interface|type) ${name}\\b`, "m").test(read(path).text)
  );
}

test("the types of the examples are right", async () => {
  const config = ["tsconfig.json", shownFiles().get("tsconfig.json")!] as const;
  const modules = examples.map(([name, text]) => [`${name}.ts`, moduleOf(text)] as const);
  using outside = new Outside([config, ...modules]);
  const { code, out, err } = await outside.run(["check", "--no-script"]);
  expect([out + (code === 0 ? "" : err), code]).toEqual([expect.not.stringContaining("error"), 0]);
}, 60_000);
