// URLs as they may be shown: without userinfo, query and fragment, which can hold secrets.

/**
 * Cuts userinfo, query and fragment, also of text that is no URL: everything up to the last `@` of
 * the authority becomes `***@`, everything from the first `?` or `#` becomes `?***`.
 */
export function redactUrl(url: string): string {
  const query = url.search(/[?#]/);
  const front = query < 0 ? url : url.slice(0, query);
  const tail = query < 0 ? "" : `${url[query]}***`;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:[/\\]{1,}/.exec(front)?.[0] ?? "";
  const at = front.lastIndexOf("@");
  if (at < scheme.length) return front + tail;
  return `${scheme}***@${front.slice(at + 1)}${tail}`;
}
