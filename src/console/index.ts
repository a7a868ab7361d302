// The console and the playground: one program for browsers, with a document each
// (src/admin/console). It uses the engine as other programs do, and must not import what needs Bun,
// Node or a server; policies, records and tokens are never put into an address.

import { h, render } from "preact";
import chartStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import style from "./style.css" with { type: "text" };
import { App } from "./view/app.tsx";
import { Playground } from "./view/playground.tsx";

const isPlayground = document.documentElement.dataset["place"] === "playground";

// Made here and not loaded, so that the documents need not allow any style.
const sheet = new CSSStyleSheet();
sheet.replaceSync(`${chartStyle}\n${style}`);
document.adoptedStyleSheets = [sheet];

// Both documents run this when their body is there.
document.body.textContent = "";
render(h(isPlayground ? Playground : App, null), document.body);
