// Normalizes the paths of URLs as servers do that decode them. It is only for comparing: what is
// forwarded is what the client wrote.

/** What no path has that is compared as it is. */
const ODD = /[%;\\]|\/[/.]|^[^/]/;

/**
 * The path that all spellings of it have in common: percent-encoding undone once, empty and dot
 * segments gone (RFC 3986 section 6.2.2), parameters of segments as well (section 3.3). Case and a
 * trailing slash stay.
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

/** Ends of segments that are looked at for the end of a top. */
const SEGMENTS_MAX = 100;

/**
 * What follows in `path` behind the segments that are `top` in whatever spelling, as it was
 * written: "" or what begins with a slash. Undefined when it does not begin with them.
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

/** What is no UTF-8 stays encoded. */
function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run.replace(/%[0-7][0-9a-f]/gi, decodeURIComponent);
    }
  });
}
