// The extension for AWS Lambda: a proxy beside a function, driven by the Extensions API. Must not
// know how telemetry is judged, and ends no function by a setting.

export { startLambda } from "./start-lambda.ts";
