// The page /_edge/reload: does what SIGHUP does, and responds with the outcome.

import type { LocalPage } from "../pipeline/local-pages.ts";
import { jsonResponse, page, withoutSecrets } from "./admin-page.ts";
import { rejectUnknownParams } from "./admin-query.ts";
import { providerDocument } from "./admin-status.ts";
import type { FilesReload, Reloader } from "./reloader.ts";

/** Something gave nothing usable; what was in force stays. */
const SOME_FAILED = 502;

function filesDocument(files: FilesReload | undefined) {
  return files === undefined ? null : { changed: files.changed, last_error: files.error ?? null };
}

/** 200 when everything that was checked is good, else 502; both with the resulting state. */
export function reloadPage(
  reloader: Pick<Reloader, "reload">,
  secrets: readonly string[],
): LocalPage {
  const serve = async (_request: Request, query: URLSearchParams): Promise<Response> => {
    rejectUnknownParams(query, []);
    const { versionBefore, status, tls, upstreamHeaders } = await reloader.reload();
    const { version, counts, policies, invalid, providers } = status;
    const isBad = providers.some(({ lastError }) => lastError !== undefined);
    const read = [tls, upstreamHeaders];
    const ok = !isBad && read.every((files) => files?.error === undefined);
    const document = {
      ok,
      changed: version !== versionBefore || read.some((files) => files?.changed === true),
      policies: { version, version_before: versionBefore, ...counts, total: policies, invalid },
      providers: providers.map(providerDocument),
      tls: filesDocument(tls),
      upstream_headers: filesDocument(upstreamHeaders),
    };
    return jsonResponse(withoutSecrets(document, secrets), ok ? 200 : SOME_FAILED);
  };
  return page("/_edge/reload", serve, ["POST"]);
}
