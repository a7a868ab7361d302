// Bounds of limits that several instances share.

/** Time between two checks of what to ask the store; and while there is nothing to ask. */
export const LEASE_LOOK_MS = 50;
export const LEASE_RETRY_MS = 500;
/** How often in a window an instance checks whether another one lacks tokens. */
export const LEASE_LOOKS_PER_WINDOW = 20;
export const LEASE_LOOK_MS_MAX = 1_000;
/** How often an instance reports its presence; one that has not for this long is not counted. */
export const MEMBER_BEAT_MS = 1_000;
export const MEMBER_MS_MAX = 5_000;
/** Windows for which one call asks for tokens; further ones have their turn with the next call. */
export const LEASE_ASKS_MAX = 500;
/** Windows lacking tokens that one call reports. */
export const LEASE_WANTED_MAX = 200;
