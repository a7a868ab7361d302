// The pages below /_edge/: who may see them and with which method. Must not make their content, and
// must not let a request for one of them go on to an upstream.

export { noSuchPage, planPage } from "./plan-page.ts";
export { hasBearer } from "./bearer.ts";
