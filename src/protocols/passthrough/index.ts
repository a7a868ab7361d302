// Forwarding of whatever nobody else knows. Must not read or change anything.

export { PassthroughModule, passthrough } from "./passthrough-module.ts";
