// Queries of the pages below /_edge/. For an unknown word, the error lists the known ones.

/** The query cannot be followed; the message says what is wrong and what is allowed. */
export class QueryError extends Error {
  readonly code = "bad_query";
  constructor(message: string) {
    super(message);
    this.name = "QueryError";
  }
}

/** Throws QueryError when the query has another key. */
export function rejectUnknownParams(query: URLSearchParams, keys: readonly string[]): void {
  for (const key of query.keys()) {
    if (!keys.includes(key)) {
      const known = keys.length === 0 ? "it takes none" : `use ${keys.join(", ")}`;
      throw new QueryError(`${JSON.stringify(key)} is no parameter of this page; ${known}`);
    }
  }
}

/** A whole number from 1 to `max`; undefined when there is none. Throws QueryError. */
export function parseCount(name: string, text: string | null, max: number): number | undefined {
  if (text === null) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new QueryError(`${name}=${text}: use a whole number from 1 to ${max}`);
}

/** `text` when it is one of `allowed`; throws QueryError. `written`: as the client wrote it. */
export function parseEnum<T extends string>(
  name: string,
  text: string,
  allowed: readonly T[],
  written = text,
): T {
  const found = allowed.find((one) => one === text);
  if (found !== undefined) return found;
  throw new QueryError(`${name}=${written}: use ${allowed.join(", ")}`);
}
