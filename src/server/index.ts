// The side that clients see: listener, TLS, router, and the responses that are the server's own.
// Must not judge, decode or keep a body; src/pipeline does.

export { BindError, type Listener, listen } from "./listener.ts";
export { Router } from "./router.ts";
export { ProxyServer, type ProxyServerOptions } from "./server.ts";
