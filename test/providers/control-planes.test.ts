// Providers that ask a control plane, each over what it speaks.

import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { framed } from "../../src/core/grpc/index.ts";
import { SYNC_RESPONSE_BYTES_MAX as responseBytesMax } from "../../src/core/limits.ts";
import { SyncResponseSchema } from "../../src/proto/index.ts";
import { grpcFetch } from "../../src/providers/grpc/grpc-fetch.ts";
import { HttpProvider, OpampProvider } from "../../src/providers/index.ts";
import { controlPlaneSuite, type PlaneUnderTest } from "../suites/control-plane-suite.ts";
import { GrpcBackend, withStatus } from "../support/grpc/backend.ts";
import { StubControlPlane, syncResponse } from "./http/stub-control-plane.ts";
import { configOf, StubOpampServer } from "./opamp/stub-opamp-server.ts";

for (const encoding of ["json", "protobuf"] as const) {
  controlPlaneSuite(`sync over HTTP, in ${encoding}`, async () => {
    const stub = new StubControlPlane();
    return {
      url: stub.url,
      has(ids) {
        stub.answer = () =>
          ids === "away" ? new Response("", { status: 503 }) : Response.json(syncResponse(ids));
      },
      authorization: () => stub.asked.at(-1)?.headers.get("authorization"),
      create: (options) => new HttpProvider({ ...options, encoding }),
      stop: () => stub.stop(),
    };
  });
}

controlPlaneSuite("sync over gRPC", async () => {
  const backend = await GrpcBackend.start();
  return {
    url: `grpc://127.0.0.1:${backend.port}`,
    has(ids) {
      const json = (ids === "away" ? {} : syncResponse(ids)) as JsonValue;
      const body = framed(toBinary(SyncResponseSchema, fromJson(SyncResponseSchema, json)));
      backend.respond =
        ids === "away"
          ? withStatus(14)
          : ({ stream }) => {
              const fields = { ":status": 200, "content-type": "application/grpc" };
              stream.respond(fields, { waitForTrailers: true });
              stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": 0 }));
              stream.end(body);
            };
    },
    authorization: () => backend.calls.at(-1)?.fields.authorization,
    create: (options) =>
      new HttpProvider({
        ...options,
        encoding: "protobuf",
        fetch: grpcFetch({ timeoutMs: 10_000, responseBytesMax }),
      }),
    stop: () => backend.stop(),
  };
});

for (const transport of ["http", "ws"] as const) {
  controlPlaneSuite(`OpAMP over ${transport}`, async (): Promise<PlaneUnderTest> => {
    const server = new StubOpampServer();
    return {
      url: server.urlOf(transport),
      has(ids) {
        server.refuse = ids === "away" ? () => new Response("", { status: 503 }) : undefined;
        if (ids === "away") server.drop();
        else server.config = configOf(...ids);
      },
      authorization: () => server.told.at(-1)?.headers.get("authorization"),
      create: (options) => new OpampProvider(options),
      stop: () => server.stop(),
    };
  });
}
