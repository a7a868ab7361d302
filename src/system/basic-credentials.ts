// Moves credentials out of a URL into the header that carries them (RFC 7617): `fetch` refuses URLs
// with credentials.

/** The value of `Authorization`; undefined: the URL has no userinfo. */
export function basicCredentials({ password, username }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const pair = `${unescaped(username)}:${unescaped(password)}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
