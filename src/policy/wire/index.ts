// The messages of policy sync, built and read as plain bytes. Pure: who sends them, when, and what
// happens to the answer is the business of the providers.

export { PolicySetError, readPolicySetSteps } from "./policy-set.ts";
export { SYNC_CONTENT_TYPES, type SyncEncoding } from "./encoding.ts";
export type { ExtensionCapability, SyncRequestInput, SyncStage } from "./sync-request.ts";
export { buildSyncRequest, SYNC_STAGES } from "./sync-request.ts";
export type { ExtensionConfig, SyncReply } from "./sync-response.ts";
export { readSyncResponseSteps, SyncResponseError } from "./sync-response.ts";
