// The target of an OTLP output: `otlp+http://host[:port][/path]`, and the same with https.

const PREFIX = "otlp+";
const SCHEMES = ["otlp+http:", "otlp+https:"];
/** Of OTLP over HTTP. */
const PORT_DEFAULT = "4318";
const LOGS_PATH = "/v1/logs";

/** A target that is none; the message says what one looks like. */
export class OutputTargetError extends Error {
  readonly code = "output_target";
  constructor(target: string, reason: string) {
    super(
      `the output ${JSON.stringify(target)} ${reason}; ` +
        'write "-" for standard output, a path, or otlp+http://host:4318.',
    );
    this.name = "OutputTargetError";
  }
}

/** Whether it is a backend rather than a path. */
export function isOtlpTarget(target: string): boolean {
  return target.startsWith(PREFIX);
}

/**
 * The URL that is posted to. Without a port it is OTLP's, and what the path does not end in is
 * added: `/v1/logs`. Throws OutputTargetError.
 */
export function otlpUrl(target: string): string {
  const url = URL.parse(target.slice(PREFIX.length));
  if (url === null || !SCHEMES.includes(PREFIX + url.protocol) || url.hostname === "") {
    throw new OutputTargetError(target, "is no URL of an OTLP backend");
  }
  if (url.hash !== "") throw new OutputTargetError(target, "has a fragment (#)");
  // The standard port of the scheme is left out of what was parsed.
  const [, authority = ""] = /^[^:]*:\/\/([^/?#]*)/.exec(target) ?? [];
  const hasPort = /:\d+$/.test(authority.slice(authority.lastIndexOf("@") + 1));
  if (!hasPort) url.port = PORT_DEFAULT;
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith(LOGS_PATH) ? path : path + LOGS_PATH;
  return url.href;
}
