// Normalizes the paths of URLs as servers that decode them do. This is only for comparing: what is
// forwarded is what the client wrote.

/** What a path that is compared as it is never contains. */
const ODD = /[%;\\]|\/[/.]|^[^/]/;

/**
 * The path that all spellings of it have in common: percent-encoding is undone once; empty and dot
 * segments are removed (RFC 3986 section 6.2.2), and so are parameters of segments (section 3.3).
 * Case and a trailing slash stay.
 */
export function canonicalPath(path: string): string {
  if (!ODD.test(path)) return path;
  const segments: string[] = [];
  const parts = decoded(path).split("/").map(withoutParameters);
  for (const part of parts) {
    if (part === "..") segments.pop();
    else if (part !== "" && part !== ".") segments.push(part);
  }
  if (segments.length === 0) return "/";
  const last = parts.at(-1) ?? "";
  const isFolder = last === "" || last === "." || last === "..";
  return `/${segments.join("/")}${isFolder ? "/" : ""}`;
}

/** A path without the slashes at its end; "" for the root. */
export function withoutTrailingSlash(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === SLASH) end--;
  return end === path.length ? path : path.slice(0, end);
}

/** How many ends of segments are tried as the end of `top`. */
const SEGMENTS_MAX = 100;

/**
 * What follows in `path` after the segments that spell `top` in any way, as written: "" or
 * something that begins with a slash. Undefined if it does not begin with them.
 */
export function restBehind(path: string, top: string): string | undefined {
  if (path.startsWith(top) && (path.length === top.length || isBorder(path, top.length))) {
    return path.slice(top.length);
  }
  for (let at = 1, segments = 0; at <= path.length && segments < SEGMENTS_MAX; at++) {
    if (at < path.length && !isBorder(path, at)) continue;
    segments++;
    if (withoutTrailingSlash(canonicalPath(path.slice(0, at))) === top) return path.slice(at);
  }
  return undefined;
}

const SLASH = 0x2f;

function isBorder(path: string, at: number): boolean {
  return path.charCodeAt(at) === SLASH || /^%2f/i.test(path.slice(at, at + 3));
}

function withoutParameters(segment: string): string {
  const at = segment.indexOf(";");
  return at === -1 ? segment : segment.slice(0, at);
}

/** Bytes that are not UTF-8 stay encoded. */
function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run.replace(/%[0-7][0-9a-f]/gi, decodeURIComponent);
    }
  });
}
