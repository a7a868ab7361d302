// Datadog's client library, with as much of its types as the tests use: its own declarations do not
// compile under this project's strictness.

import { createRequire } from "node:module";

type Coding = "gzip" | "deflate" | "identity" | "zstd1";
export interface Submission {
  readonly body: unknown;
  readonly contentEncoding?: Coding;
}
interface Configuration {
  readonly authMethods: { readonly apiKeyAuth: string };
  readonly baseServer: object;
  readonly zstdCompressorCallback: (body: string) => Buffer;
}
interface MetricsApi {
  submitMetrics(
    request: Submission,
  ): Promise<{ readonly errors?: readonly string[]; readonly status?: string }>;
}
interface ClientLibrary {
  readonly client: {
    createConfiguration(configuration: Configuration): object;
    readonly BaseServerConfiguration: new (url: string, variables: object) => object;
  };
  readonly v1: { readonly MetricsApi: new (configuration: object) => MetricsApi };
  readonly v2: {
    readonly MetricsApi: new (configuration: object) => MetricsApi;
    readonly LogsApi: new (configuration: object) => {
      submitLog(request: Submission): Promise<unknown>;
    };
  };
}

const library: unknown = createRequire(import.meta.url)("@datadog/datadog-api-client");
export const { client, v1, v2 } = library as ClientLibrary;
