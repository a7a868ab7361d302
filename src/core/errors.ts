// Errors that are used across folders. Each has a literal code, and a message that says what is
// wrong, where, what was found and what is allowed.

/** A body that cannot be decoded as what it claims to be; `offset` is in bytes from its start. */
export class UndecodableError extends Error {
  readonly code = "undecodable";
  readonly offset: number;
  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.name = "UndecodableError";
    this.offset = offset;
  }
}

/** The message of an error, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return textOf(() => (error instanceof Error ? error.message : String(error)));
}

/** The message together with the stack, if there is one. */
export function errorStack(error: unknown): string {
  return textOf(() => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

/** Anything can be thrown, even something that throws when it is printed. */
function textOf(print: () => unknown): string {
  try {
    return String(print());
  } catch {
    return "an error that cannot be printed";
  }
}
