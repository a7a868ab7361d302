// The frame of the console: who is asked, where one is, and who may look.

import { useMemo, useRef, useState } from "preact/hooks";
import { Api } from "../api.ts";
import type { Looks } from "../model/looks.ts";
import { useLooks, useRoute } from "../hooks.ts";
import { Watch } from "../looks.ts";
import { Notice, Unanswered } from "../parts/notices.tsx";
import { Login } from "./login.tsx";
import { Overview } from "./overview.tsx";
import { Policies } from "./policies.tsx";
import { SchemeSwitch } from "./scheme-switch.tsx";
import { Stream } from "./stream.tsx";
import { TapView } from "./tap-view.tsx";
import { Workbench } from "./workbench.tsx";

const VIEWS = [
  ["overview", "Overview"],
  ["policies", "Policies"],
  ["stream", "Stream"],
  ["tap", "Live tap"],
  ["try", "Try a policy"],
] as const;

export function App() {
  const api = useMemo(() => new Api(), []);
  const watch = useMemo(() => new Watch(api), [api]);
  const [isLocked, setLocked] = useState(false);
  api.locked = () => setLocked(true);
  const [answer, again] = useLooks(() => (isLocked ? nothing() : watch.look()));
  const [view = "overview", ...rest] = useRoute();
  const enter = (token: string): void => {
    api.keepToken(token);
    setLocked(false);
    again();
  };
  const leave = (): void => {
    api.forgetToken();
    location.reload();
  };
  // What was seen last stays while Edge does not answer.
  const last = useRef<Looks | undefined>(undefined);
  if (answer?.kind === "ok") last.current = answer.data;
  const looks = last.current;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <header>
        <strong class="brand">Edge</strong>
        <nav aria-label="Views">
          {!isLocked &&
            VIEWS.map(([name, label]) => (
              <a key={name} href={`#/${name}`} aria-current={name === view ? "page" : undefined}>
                {label}
              </a>
            ))}
        </nav>
        <Build looks={looks} />
        <SchemeSwitch />
        {api.hasToken && !isLocked && (
          <button type="button" onClick={leave}>
            Sign out
          </button>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        {isLocked ? (
          <Login api={api} entered={enter} />
        ) : (
          <>
            {answer?.kind === "unreachable" && (
              <Notice tone="bad">Edge does not answer. Looking again…</Notice>
            )}
            <View name={view} rest={rest} api={api} looks={looks} />
            {looks === undefined && answer?.kind !== "unreachable" && (
              <Unanswered answer={answer} page="its status" />
            )}
          </>
        )}
      </main>
    </>
  );
}

const nothing = async () => Promise.resolve({ kind: "locked" } as const);

/** The address names the view: it must not become that of an anchor. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector("main")?.focus();
}

function View({
  name,
  rest,
  api,
  looks,
}: {
  readonly name: string;
  readonly rest: readonly string[];
  readonly api: Api;
  readonly looks: Looks | undefined;
}) {
  if (looks === undefined) return null;
  switch (name) {
    case "overview":
      return <Overview looks={looks} />;
    case "policies":
      return <Policies looks={looks} selected={rest[0]} />;
    case "stream":
      return <Stream api={api} />;
    case "tap":
      return <TapView api={api} looks={looks} policy={rest[0]} />;
    case "try":
      return <Workbench api={api} policy={rest[0]} key={rest[0] ?? ""} />;
    default:
      return (
        <Notice>
          There is no such view. <a href="#/overview">Overview</a>
        </Notice>
      );
  }
}

function Build({ looks }: { readonly looks: Looks | undefined }) {
  if (looks?.status.kind !== "ok") return <span class="build" />;
  const { build } = looks.status.data;
  return (
    <span class="build">
      {location.host} · {build.version}
    </span>
  );
}
