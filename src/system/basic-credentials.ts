// Credentials that stand in a URL, as the header that carries them: `fetch` takes no URL that has
// any. RFC 7617.

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
