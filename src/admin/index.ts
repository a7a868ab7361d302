// The program's own paths: health, readiness, the pages below `/_edge/`, and taps. Nothing that is
// meant for them is ever forwarded, and none waits for an upstream.

export { AdminModule, readyPage } from "./admin-module.ts";
export { namesOf } from "./known-host.ts";
