// Refuses requests that must not be forwarded because an upstream would read them differently from
// what the client meant. Looks only at heads.

/** Why a request is refused. The rest of it is not read. */
export interface Refusal {
  readonly status: 400 | 501;
  readonly code: string;
  readonly message: string;
}

/** Undefined: nothing is wrong with the request. */
export function refusalOf(method: string, headers: Headers): Refusal | undefined {
  switch (method) {
    case "GET":
    case "HEAD":
      // The server hands out no body for these methods, and sending the request on without it would
      // change its meaning. RFC 9110 section 9.3.1 lets a server refuse them.
      if (hasBody(headers)) return unexpectedBody(method);
      break;
    case "CONNECT":
    case "TRACE":
      // No tunnels; and TRACE would show the client what was added on the way, including
      // credentials.
      return notSupported(method);
  }
  // RFC 9112 section 3.2. HTTP/1.0 may have none.
  return NO_HOST.test(headers.get("host") ?? "") ? BAD_HOST : undefined;
}

/** Characters that no host or port contains. Several Host lines are read as one with commas. */
const NO_HOST = /[^!-~]|[,/?#@\\]/;
const BAD_HOST: Refusal = {
  status: 400,
  code: "bad_host",
  message: "the request has a Host that is none, or several",
};

function unexpectedBody(method: string): Refusal {
  return {
    status: 400,
    code: "unexpected_body",
    message: `the body of a ${method} is not forwarded; send it with POST`,
  };
}

function notSupported(method: string): Refusal {
  return { status: 501, code: "method_not_supported", message: `${method} is not forwarded` };
}

function hasBody(headers: Headers): boolean {
  const length = headers.get("content-length");
  return (length !== null && length !== "0") || headers.has("transfer-encoding");
}
