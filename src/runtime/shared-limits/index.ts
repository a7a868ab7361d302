// Rate limits that hold across all instances. Each instance leases tokens of each window from a
// store that all of them reach, in batches and off the path of records. Judges nothing.

export { createLeasing, createSharedLimits } from "./create.ts";
export { OwnPolicies } from "./own-policies.ts";
