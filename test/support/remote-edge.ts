// A whole proxy in this process, on a port of its own, and commands in processes of their own that
// ask it.

import { AdminEdge, JSON_HEADERS } from "./admin-edge.ts";
import { CommandFolder, type Printed } from "./terminal.ts";

export const TOKEN = "t0ken";

export class RemoteEdge implements AsyncDisposable {
  readonly edge: AdminEdge;
  readonly url: string;
  readonly folder: CommandFolder;

  private constructor(edge: AdminEdge, url: string, folder: CommandFolder) {
    this.edge = edge;
    this.url = url;
    this.folder = folder;
  }

  static async start(
    keys: Readonly<Record<string, unknown>> = {},
    policies: readonly object[] = [],
    files: Readonly<Record<string, string>> = {},
  ): Promise<RemoteEdge> {
    const edge = await AdminEdge.start({ admin: { token: TOKEN }, ...keys }, policies);
    return new RemoteEdge(edge, await edge.listen(), new CommandFolder(files));
  }

  get env(): Record<string, string> {
    return { EDGE_URL: this.url, EDGE_ADMIN_TOKEN: TOKEN };
  }

  run(...args: readonly string[]): Promise<Printed> {
    return this.folder.inPipe(args, "", this.env);
  }

  onTerminal(...args: readonly string[]): Promise<Printed> {
    return this.folder.onTerminal(args, this.env);
  }

  /** Nobody listens there any more. */
  async stopServing(): Promise<void> {
    await this.edge.closeListeners();
  }

  send(path: string, body: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { method: "POST", headers: JSON_HEADERS, body });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.folder[Symbol.dispose]();
    await this.edge[Symbol.asyncDispose]();
  }
}

/** With times, durations and addresses as words. */
export function steady(text: string, url = ""): string {
  return (url === "" ? text : text.replaceAll(url, "URL"))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "TIME")
    .replaceAll(/(?<!\d)\d\d:\d\d:\d\d\.\d{3}(?!\d)/g, "CLOCK")
    .replaceAll(/\bup \d+\w( \d+\w)?/g, "up UPTIME")
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+\/?/g, "UPSTREAM")
    .replaceAll(/bun \d+\.\d+\.\d+/g, "bun VERSION");
}
