// Builds and reads the messages of policy sync as plain bytes. Pure: the providers decide who sends
// a message, when, and what to do with the response.

export { PolicySetError, readPolicySetSteps } from "./policy-set.ts";
export { SYNC_CONTENT_TYPES, type SyncEncoding } from "./encoding.ts";
export type { ExtensionCapability, SyncRequestInput, SyncStage } from "./sync-request.ts";
export { buildSyncRequest, SYNC_STAGES } from "./sync-request.ts";
export type { ExtensionConfig, SyncReply } from "./sync-response.ts";
export { readSyncResponseSteps, SyncResponseError } from "./sync-response.ts";
