// Keeps the token of the program's own pages from leaking: a client that sends it with a request
// that is forwarded would reveal it to an upstream.

/**
 * Deletes headers whose value is the token, after a scheme or alone. Returns whether there were
 * any.
 */
export function withholdToken(headers: Headers, token: string): boolean {
  const names: string[] = [];
  for (const [name, value] of headers) if (endsWithToken(value, token)) names.push(name);
  for (const name of names) headers.delete(name);
  return names.length > 0;
}

function endsWithToken(value: string, token: string): boolean {
  if (!value.endsWith(token)) return false;
  const before = value.length - token.length;
  return before === 0 || value.charCodeAt(before - 1) === SPACE;
}

const SPACE = 0x20;
