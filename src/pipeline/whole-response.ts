// Responses whose body is already there. The body is kept beside the response, so that whoever
// sends it need not read a stream.

const BODY = Symbol("whole body");

interface Kept {
  [BODY]?: Uint8Array | undefined;
}

/** A response with this body, which must not change from now on. */
export function wholeResponse(body: Uint8Array, init: ResponseInit): Response {
  // Bodies of this program are not in memory that threads share.
  const response: Response & Kept = new Response(body as Uint8Array<ArrayBuffer>, init);
  response[BODY] = body;
  return response;
}

/** The body of a response that was made here; undefined: it is a stream, or there is none. */
export function wholeBodyOf(response: Response & Kept): Uint8Array | undefined {
  return response[BODY];
}
