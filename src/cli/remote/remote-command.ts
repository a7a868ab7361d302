// What the commands that ask a running program share: an error in reaching it is a line and exit
// code 1.

import { printable } from "../../core/printable.ts";
import { type CommandContext, ExitCode, type Invocation } from "../command.ts";
import { AdminClient, RemoteError } from "./admin-client.ts";

export async function withClient(
  invocation: Invocation,
  context: CommandContext,
  run: (client: AdminClient) => Promise<number>,
): Promise<number> {
  const client = new AdminClient(invocation, context);
  try {
    return await run(client);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    context.io.err(printable(`${context.distribution.program}: ${error.message}\n`));
    return ExitCode.failed;
  }
}

/** What a page is to have; another server may answer anything. */
export function shaped<T>(
  client: AdminClient,
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
  document: unknown,
): T {
  const { success, data } = schema.safeParse(document);
  if (success && data !== undefined) return data;
  throw new RemoteError(`${client.where}: answered something that Edge does not say; is it one?`);
}
