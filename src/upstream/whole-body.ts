// The body of a response that arrived whole, in a form that leaves the response's head unchanged.

/** Bun makes up a content type for bytes, but none for a stream. */
export function wholeBody(bytes: Uint8Array, isTyped: boolean): Uint8Array | ReadableStream {
  return isTyped ? bytes : streamOf(bytes);
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
