// Serves the built pages on loopback as VS Code would: the real shell with its policy, the theme, and a host that
// answers "ready" with the messages of a scenario.
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HostMessage } from "../../src/panels/protocol.ts";
import type { Page } from "../../src/panels/surface.ts";
import { webviewHtml } from "../../src/panels/webviewHtml.ts";
import { mustRun } from "../program.ts";
import { SCENARIOS, type ScenarioName } from "./scenarios.ts";
import { THEMES, themeStyle, type ThemeName } from "./themes.ts";

/** Apart from dist/, which other tests build anew at any time. */
const BUNDLE = "out/webviews";
const NONCE = "cHJldmlldy1ub25jZQ";

export interface PageServer {
  address(scenario: ScenarioName, theme: ThemeName): string;
  close(): Promise<void>;
}

/** Builds the pages and serves them. */
export async function servePages(): Promise<PageServer> {
  await mustRun(process.execPath, ["esbuild.mjs", "--webviews-only", BUNDLE]);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", origin());
    answer(url, origin(), response).catch((error: unknown) => {
      response.writeHead(500).end(String(error instanceof Error ? error.stack : error));
    });
  });
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on a port
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: (scenario, theme) => `${origin()}/?scenario=${scenario}&theme=${theme}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(url: URL, origin: string, response: ServerResponse): Promise<void> {
  const theme = THEMES[(url.searchParams.get("theme") ?? "dark") as ThemeName];
  const name = (url.searchParams.get("scenario") ?? "health-h100") as ScenarioName;
  switch (url.pathname) {
    case "/": {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(shell(SCENARIOS[name]().page, origin, url.search, theme.bodyClass));
      return;
    }
    case "/theme.css":
      response.writeHead(200, { "content-type": "text/css" }).end(themeStyle(theme));
      return;
    case "/host.js":
      response.writeHead(200, { "content-type": "text/javascript" }).end(hostScript(SCENARIOS[name]().messages));
      return;
    case "/health.js":
    case "/health.css": {
      const type = url.pathname.endsWith("css") ? "text/css" : "text/javascript";
      const file = await readFile(`${BUNDLE}${url.pathname}`);
      response.writeHead(200, { "content-type": type }).end(file);
      return;
    }
    case "/favicon.ico":
      response.writeHead(204).end();
      return;
    default:
      response.writeHead(404).end();
  }
}

/** The shell the extension makes, with what VS Code itself adds: the theme and `acquireVsCodeApi`. */
function shell(page: Page, origin: string, search: string, bodyClass: string): string {
  const words = { language: "en", loading: "Loading…" };
  const addresses = { cspSource: origin, script: `${origin}/health.js`, style: `${origin}/health.css` };
  return webviewHtml(page, addresses, NONCE, words)
    .replace("<link ", `<link rel="stylesheet" href="/theme.css${search}" /><link `)
    .replace("<body ", `<body class="${bodyClass}" `)
    .replace("<script ", `<script nonce="${NONCE}" src="/host.js${search}"></script><script `);
}

/** The other side, as far as a page can see. What it hears is kept in `window.heard`, its state in `window.kept`. */
function hostScript(messages: readonly HostMessage[]): string {
  const json = JSON.stringify(messages).replaceAll("<", "\\u003c");
  return `
    const messages = ${json};
    window.heard = [];
    window.acquireVsCodeApi = () => ({
      postMessage(message) {
        window.heard.push(structuredClone(message));
        if (message.type === "ready") for (const one of messages) window.postMessage(one, "*");
      },
      getState: () => JSON.parse(sessionStorage.getItem("state") ?? "null") ?? undefined,
      setState: (state) => { window.kept = state; sessionStorage.setItem("state", JSON.stringify(state)); },
    });`;
}
