// The two HTML documents that the console's script runs in: the page that Edge serves, and the
// playground, a single file that is opened from disk. Neither allows anything else to run or load.

import { createHash } from "node:crypto";

/** Where the page and its script are served. */
export const CONSOLE_PATH = "/_edge";
export const SCRIPT_PATH = "/_edge/console.js";

/** Of both: styles are made by the script, and no string becomes markup. */
const NOTHING = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'";
const NO_MARKUP = "require-trusted-types-for 'script'; trusted-types 'none'";

/** What the page may do: run its script, and ask the Edge that it came from. */
export const CONSOLE_CSP = `${NOTHING}; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; ${NO_MARKUP}`;

/** The page: without data, which the script asks for. */
export function consoleDocument(): string {
  return document("Edge console", "console", `<script src="${SCRIPT_PATH}" defer></script>`);
}

/**
 * The playground. A page from disk has no origin of its own that a policy could name, so its script
 * is allowed by its hash; and as it may connect to nothing, what is pasted stays where it is.
 */
export function playgroundDocument(script: string): string {
  const safe = script.replace(/<(?=\/script|!--)/gi, "\\x3c");
  const hash = createHash("sha256").update(safe).digest("base64");
  const policy = `${NOTHING}; script-src 'sha256-${hash}'; ${NO_MARKUP}`;
  const head = `<meta http-equiv="content-security-policy" content="${policy}">`;
  return document("Edge playground", "playground", head, `<script>${safe}</script>`);
}

function document(title: string, place: string, head: string, end = ""): string {
  return `<!doctype html>
<html lang="en" data-place="${place}">
<head>
<meta charset="utf-8">
${head}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
</head>
<body>
<noscript>This page needs JavaScript. <code>edge top</code> and <code>edge tap</code> show much of it in a terminal.</noscript>
${end}</body>
</html>
`;
}
