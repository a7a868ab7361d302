// Where policies come from: files, control planes and OpAMP servers, each of which is a provider,
// and the registry that merges their sets and puts the result in force. Nothing here judges a
// record. Only for the first policies may requests wait, in src/pipeline/policy-gate.ts.

export {
  type CheckedFile,
  checkPolicyFiles,
  type PolicyFileReport,
} from "./file/check-policy-files.ts";
export { budgetFaults, BudgetProvider } from "./budget-provider.ts";
export { createProviders, type ProviderDeps } from "./create.ts";
export { type ShadowSettings } from "./shadow-choice.ts";
export { FileProvider, type FileProviderOptions } from "./file/file-provider.ts";
export { HttpProvider, type HttpProviderOptions } from "./http/http-provider.ts";
export type { OpampProviderOptions } from "./opamp/opamp-options.ts";
export { OpampProvider } from "./opamp/opamp-provider.ts";
export { parsePolicyDocument } from "./file/policy-document.ts";
export { decodePolicyFile, PolicyFileError } from "./file/policy-file.ts";
export { isPolicySetFile } from "./file/policy-set-file.ts";
export type { PolicyProvider, PolicySet, ProviderHost } from "./provider-port.ts";
export type { ProviderStatus } from "./provider-slot.ts";
export { PolicyRegistry, type RegistryOptions, type RegistryStatus } from "./registry.ts";
export { StaticProvider } from "./static-provider.ts";
export type { SyncIdentity } from "./http/sync-identity.ts";
