import type { Page } from "playwright-core";

/** Runs first in every frame of a page. */
const WATCH_FOR_HARM = `
  globalThis.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    globalThis.violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample);
  });`;

/** What only a payload of test/webviews/hostile.ts could have put into a frame. */
const HARM = `[
  ...(globalThis.violations ?? []).filter((text) => /inline|127\\.0\\.0\\.1:9\\b/.test(text)),
  ...(globalThis.pwned ? ["a payload ran " + globalThis.pwned + " times"] : []),
  ...[...document.querySelectorAll([
    "[onerror],[onload],[ontoggle],[onfocus],[onmouseover]",
    "img[src='x'],img[src$='x.png'],iframe[srcdoc],embed,object,mglyph,base[href*=':9/'],link[href*=':9/']",
    "a[href*='workbench.action.quit'],[data-href*='workbench.action.quit'],a[href^='javascript:']",
    "a[href*='127.0.0.1:9/'],[data-href*='127.0.0.1:9/']",
  ].join(","))].map((element) => "element " + element.outerHTML.slice(0, 200)),
]`;

/** To be called before a page is opened; says what hostile text has done in any of its frames. */
export async function watchForHarm(page: Page): Promise<() => Promise<readonly string[]>> {
  const requests: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).port === "9") requests.push(`request for ${request.url()}`);
  });
  await page.addInitScript({ content: WATCH_FOR_HARM });
  return async () => {
    // A frame that goes away while it is asked shows nothing any more.
    const found = page.frames().map((frame) => frame.evaluate<string[]>(HARM).catch(() => []));
    return [...requests, ...(await Promise.all(found)).flat()];
  };
}
