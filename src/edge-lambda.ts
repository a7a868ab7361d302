// The extension for AWS Lambda. It has no command line: Lambda starts it, and the environment tells
// it what to do.

import { edgeLambda } from "./distributions.ts";
import { startLambda } from "./lambda/index.ts";

process.exit(await startLambda(edgeLambda));
