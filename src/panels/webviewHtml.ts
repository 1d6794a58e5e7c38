import type { Page } from "./surface.ts";

export interface PageAddresses {
  /** What `Webview.cspSource` says. */
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
}

export interface PageWords {
  /** BCP 47. */
  readonly language: string;
  /** What the page says until it has been told what to show. */
  readonly loading: string;
}

/**
 * The shell of a page: no text but the first word, no inline script or style. The policy lets nothing in but our own
 * script, style, images and fonts; a page cannot fetch, frame or submit anything.
 */
export function webviewHtml(page: Page, addresses: PageAddresses, nonce: string, words: PageWords): string {
  const { cspSource, script, style } = addresses;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `img-src ${cspSource} data:`,
    `font-src ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escapeHtml(words.language)}">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${escapeHtml(style)}" />
    <title>GPU Dev Environments</title>
  </head>
  <body data-page="${page}">
    <main id="root"><h1 class="loading"><span role="status">${escapeHtml(words.loading)}</span></h1></main>
    <script nonce="${nonce}" src="${escapeHtml(script)}"></script>
  </body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
