// The rate limiter of one thread under the suite of all rate limiters.

import { LocalRateLimiter } from "../../../src/policy/keep/rate-limiter.ts";
import { rateLimiterSuite } from "../../suites/rate-limiter-suite.ts";

rateLimiterSuite("LocalRateLimiter", (count, windowMs) => new LocalRateLimiter(count, windowMs));
