// Decodes every written form of policies to the model: policy files (JSON and YAML, already parsed
// to plain trees) and sync responses (proto3 JSON and protobuf). There is one decoder for all of
// them. Nothing throws: a bad policy carries its errors and is inert. Regexes are not validated
// here; policyErrors() does that, once there is a validator.

export type { Dialect } from "./dialect.ts";
export { AUTHORING, OTEL_WIRE, WIRE } from "./dialect.ts";
export { messageTree } from "./message-tree.ts";
export { decodePolicy } from "./policy.ts";
export type { DecodedSet } from "./policy-set.ts";
export { decodePolicySet, decodePolicySteps, MANY_POLICIES, policyPath } from "./policy-set.ts";
export { preview } from "./decode-context.ts";
export { policyErrors, policyErrorSteps } from "./regex-errors.ts";
export { errorPath } from "./error-path.ts";
