// What the code that answers a request may ask of the listener that received it.

/** What a listener knows of requests besides what is in them. */
export interface ListenerState {
  /** The client's address; null when it is not known. */
  requestIP(request: Request): { readonly address: string } | null;
}
