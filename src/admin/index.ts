// Health, readiness and the program's own pages. Must not look at telemetry or at an upstream.

export { HealthModule, health } from "./admin-module.ts";
