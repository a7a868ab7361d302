// The least that an extension of AWS Lambda on Bun can do: it listens, registers, and asks for
// events. The yardstick for what Edge adds. Ends with the benchmark that started it.

import { endWithParent } from "./end-with-parent.ts";

const base = `http://${process.env["AWS_LAMBDA_RUNTIME_API"]}/2020-01-01/extension`;
Bun.serve({
  port: Number(process.env["TERO_LISTEN_PORT"]),
  hostname: "127.0.0.1",
  fetch: () => new Response(),
});
const registered = await fetch(`${base}/register`, {
  method: "POST",
  headers: { "lambda-extension-name": "bare", "content-type": "application/json" },
  body: '{"events":["INVOKE","SHUTDOWN"]}',
});
const id = registered.headers.get("lambda-extension-identifier") ?? "";
endWithParent();
for (;;) {
  const event = await fetch(`${base}/event/next`, {
    headers: { "lambda-extension-identifier": id },
  });
  await event.json();
}
