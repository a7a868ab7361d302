// What the code that answers a request may ask the listener that received it.

/** What a listener knows about requests beyond their contents. */
export interface ListenerState {
  /** The client's address; null if it is not known. */
  requestIP(request: Request): { readonly address: string } | null;
}
