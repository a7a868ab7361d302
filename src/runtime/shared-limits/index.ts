// Rate limits that hold over all instances: each leases tokens of each window from a store that all
// of them reach, in batches and beside the way of records. Judges nothing.

export { createLeasing, createSharedLimits } from "./create.ts";
export { OwnPolicies } from "./own-policies.ts";
