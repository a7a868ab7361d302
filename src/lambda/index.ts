// The extension for AWS Lambda: a proxy beside a function, driven by the Extensions API. It must
// not know how telemetry is judged, and none of its settings may end a function.

export { startLambda } from "./start-lambda.ts";
