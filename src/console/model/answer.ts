// The outcome of a request to a page. Pure.

export type Answer<T> =
  | { readonly kind: "ok"; readonly data: T }
  /** This build has no such page. */
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** The token is missing or wrong. */
  | { readonly kind: "locked" }
  | { readonly kind: "unreachable" };
