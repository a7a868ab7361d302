// The page /_edge/reload: makes every provider look now, and answers what came of it.

import type { ServedPage } from "../modules/index.ts";
import type { RegistryStatus } from "../providers/index.ts";
import { jsonAnswer, page, withoutSecrets } from "./admin-page.ts";
import { noOthers } from "./admin-query.ts";
import { providerDocument } from "./admin-status.ts";

export interface Reloading {
  reload(): Promise<void>;
  status(): RegistryStatus;
}

/** A provider gave nothing usable; the policies in force stay. */
const SOME_FAILED = 502;

/** 200 when every provider answered well, else 502; both with the state that was reached. */
export function reloadPage(registry: Reloading, secrets: readonly string[]): ServedPage {
  let running: Promise<void> | undefined;
  const serve = async (_request: Request, query: URLSearchParams): Promise<Response> => {
    noOthers(query, []);
    const { version: before } = registry.status();
    // Whoever asks while a look is on its way may have changed a policy after it began.
    if (running !== undefined) await running;
    running ??= registry.reload().finally(() => (running = undefined));
    await running;
    const { version, counts, policies, invalid, providers } = registry.status();
    const failed = providers.filter(({ lastError }) => lastError !== undefined);
    const document = {
      ok: failed.length === 0,
      changed: version !== before,
      policies: { version, version_before: before, ...counts, total: policies, invalid },
      providers: providers.map(providerDocument),
    };
    return jsonAnswer(withoutSecrets(document, secrets), failed.length === 0 ? 200 : SOME_FAILED);
  };
  return page("/_edge/reload", serve, ["POST"]);
}
