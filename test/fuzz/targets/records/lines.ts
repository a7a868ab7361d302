// Blocks of lines of every syntax, as they are or within those of a container runtime. The first
// byte chooses.

import { LinesFormat, type LineSyntax } from "../../../../src/protocols/lines/index.ts";
import { checkFormat } from "../../format-promise.ts";
import { chosen, type FuzzTarget } from "../../fuzz-target.ts";

const SYNTAXES: readonly LineSyntax[] = ["raw", "json", "logfmt", "auto"];
const CONTAINERS = [undefined, "cri", "docker"] as const;
const formats = CONTAINERS.flatMap((container) =>
  SYNTAXES.map((syntax) => new LinesFormat({ syntax, container })),
);

export const target: FuzzTarget = {
  seeds: chosen(
    [
      "plain line\r\n\nanother",
      '{"msg":"m","a":{"b":1},"level":"info"}\nno json\n{"a":"x"}\n',
      'level=info msg="a \\"b\\"" a=1 b\nts=2026-01-01T00:00:00Z a="" a=2\n',
      '2026-01-01T00:00:00.1Z stdout P {"a":"1\n2026-01-01T00:00:00.2Z stdout F x"}\n',
      "2026-01-01T00:00:00Z stderr F level=warn a=b\n",
      '{"log":"level=info a=b\\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}\n{"log":"half","stream":"stderr"}\n',
    ],
    [...formats.keys()],
  ),
  words: [
    " stdout F ",
    " stderr P ",
    '{"log":"',
    '\\n","stream":"stdout"}\n',
    "2026-01-01T00:00:00Z",
  ],
  check(input) {
    const format = formats[(input[0] ?? 0) % formats.length];
    // The last line may become empty: without a line end it would be none.
    const whole = input.at(-1) === 0x0a ? input : new Uint8Array([...input, 0x0a]);
    if (format !== undefined) checkFormat({ format, signal: "log" }, whole);
  },
};
