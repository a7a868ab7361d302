// What the code that answers a request may ask of the listener that received it.

/** What a listener knows about requests beyond their contents. */
export interface ListenerState {
  /** The client's address; null when it is not known. */
  requestIP(request: Request): { readonly address: string } | null;
}
