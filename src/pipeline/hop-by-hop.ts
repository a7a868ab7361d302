// Removes the headers that belong to a single connection before a message goes to the next one (RFC
// 9110 section 7.6.1): those that are known to be such, and those that the Connection header names.
// Everything else passes.

/** Deletes headers that concern only this connection, in either direction. */
function stripConnectionHeaders(headers: Headers): void {
  stripNamed(headers);
  headers.delete("connection");
  headers.delete("keep-alive");
  headers.delete("proxy-connection");
  headers.delete("te");
  headers.delete("trailer");
  headers.delete("transfer-encoding");
  headers.delete("upgrade");
}

/**
 * Deletes in place. The message's framing is deleted as well: the sender of the next message writes
 * its own.
 */
export function stripRequestHeaders(headers: Headers): void {
  stripConnectionHeaders(headers);
  // Meant for this hop: the next one has its own name, its own credentials and its own
  // expectations.
  headers.delete("host");
  headers.delete("content-length");
  headers.delete("proxy-authorization");
  headers.delete("expect");
}

/**
 * Deletes in place. Content-Length stays: it is the only thing that the response to a HEAD says
 * about the body.
 */
export function stripResponseHeaders(headers: Headers): void {
  stripConnectionHeaders(headers);
  headers.delete("proxy-authenticate");
}

/** Whether the client takes one more response on its connection, and no more. */
export function asksToClose(headers: Headers): boolean {
  const connection = headers.get("connection");
  if (connection === null || connection === "keep-alive") return false;
  return connection.split(",").some((part) => part.trim().toLowerCase() === "close");
}

/** Names that no Connection header may remove from a message: that would change what it means. */
const KEPT = new Set(["content-type", "content-encoding", "authorization", "cache-control", "via"]);

function stripNamed(headers: Headers): void {
  const connection = headers.get("connection");
  if (connection === null || connection === "keep-alive" || connection === "close") return;
  for (const part of connection.split(",")) {
    const name = part.trim().toLowerCase();
    if (/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && !KEPT.has(name)) headers.delete(name);
  }
}
