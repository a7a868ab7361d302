// The playground: policies and records are pasted, and judged without any Edge.

import { SchemeSwitch } from "./scheme-switch.tsx";
import { Workbench } from "./workbench.tsx";

export function Playground() {
  return (
    <>
      <header>
        <strong class="brand">Edge</strong>
        <span class="build">Policies tried on records, in this page alone</span>
        <SchemeSwitch />
      </header>
      <main id="main">
        <Workbench api={undefined} policy={undefined} />
      </main>
    </>
  );
}
