// The side that clients see: listener, TLS, router, and the server's own responses. Must not judge,
// decode or keep a body; src/pipeline does that.

export { BindError, type Listener, listen } from "./listener.ts";
export { Router } from "./router.ts";
export { ProxyServer, type ProxyServerOptions } from "./server.ts";
