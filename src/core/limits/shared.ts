// Bounds of limits that several instances share.

/** Between two looks at what is to be asked of the store; and while there is none. */
export const LEASE_LOOK_MS = 50;
export const LEASE_RETRY_MS = 500;
/** How often in a window an instance looks whether another one lacks tokens. */
export const LEASE_LOOKS_PER_WINDOW = 20;
export const LEASE_LOOK_MS_MAX = 1_000;
/** How often an instance tells that it is there; one that has not for so long is not counted. */
export const MEMBER_BEAT_MS = 1_000;
export const MEMBER_MS_MAX = 5_000;
/** Windows that one call asks tokens for; further ones have their turn with the next call. */
export const LEASE_ASKS_MAX = 500;
/** Windows that lack tokens, of which one call is told. */
export const LEASE_WANTED_MAX = 200;
