// The extension for AWS Lambda: a proxy beside a function, driven by the Extensions API. It must
// not know how telemetry is judged, and no setting of it may end a function.

export { startLambda } from "./start-lambda.ts";
