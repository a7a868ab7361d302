// One folder per protocol: routes as data and a pure plan for each request head. Modules never do
// I/O and never see a body; the executor in src/pipeline carries their plans out.

export * from "./module.ts";
