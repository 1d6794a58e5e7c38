// Text that would do something if any page took it for more than text.
import type { HostMessage } from "../../src/panels/protocol.ts";

const DEED = "window.pwned=(window.pwned||0)+1";

const BASES: readonly string[] = [
  `<script>${DEED}</script>`,
  `<img src=x onerror="${DEED}">`,
  `<svg onload="${DEED}">`,
  `<svg><script>${DEED}</script></svg>`,
  `<iframe src="javascript:parent.${DEED}"></iframe>`,
  `<iframe srcdoc="<script>parent.${DEED}</script>"></iframe>`,
  `<a href="javascript:${DEED}" autofocus onfocus="${DEED}">x</a>`,
  `<a href="command:workbench.action.quit">x</a>`,
  `<details open ontoggle="${DEED}">x</details>`,
  `<input autofocus onfocus="${DEED}">`,
  `<body onload="${DEED}">`,
  `<style>@import "http://127.0.0.1:9/x.css";</style>`,
  `<link rel=stylesheet href="http://127.0.0.1:9/x.css">`,
  `<base href="http://127.0.0.1:9/">`,
  `<meta http-equiv=refresh content="0;url=javascript:${DEED}">`,
  `<object data="data:text/html,<script>${DEED}</script>"></object>`,
  `<embed src="data:image/svg+xml,<svg onload='${DEED}'/>">`,
  `<math><mtext><table><mglyph><style><img src onerror="${DEED}">`,
  `<form action="javascript:${DEED}"><button autofocus>x</button></form>`,
  `<video><source onerror="${DEED}"></video>`,
  `"onmouseover="${DEED}" autofocus tabindex=1 onfocus="${DEED}" x="`,
  `'-${DEED}-'`,
  `</title></style></script><script>${DEED}</script>`,
  `--><script>${DEED}</script><!--`,
  `]]><script>${DEED}</script>`,
  `\${${DEED}}{{constructor.constructor('${DEED}')()}}`,
  `javascript:${DEED}`,
  `[x](command:workbench.action.quit) ![x](http://127.0.0.1:9/x.png)`,
  `$(sync~spin) $(error) {0} {1} {constructor} __proto__`,
  `url(http://127.0.0.1:9/x.png); background: url(http://127.0.0.1:9/y.png)`,
];

const DISGUISES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase().replaceAll("WINDOW.PWNED", "window.pwned").replaceAll("PARENT.", "parent."),
  (text) => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  (text) => text.replaceAll("<", "\\u003c").replaceAll(">", "\\x3e"),
  (text) => text.replace(/[a-z]/g, (letter) => `${letter}\u200b`),
  (text) => `\u202e${text}\u0000`,
  (text) => `gpu-1${text}`,
  (text) => text.replaceAll("<", "<<"),
  (text) => text.replaceAll("=", "\n=\t"),
  (text) => encodeURIComponent(text),
  (text) => text.repeat(12).slice(0, 1_900),
  (text) => `"><${"a".repeat(40)}>${text}`,
  (text) => `${text}<!--`,
  (text) => text.replaceAll(" ", "/"),
  (text) => `{"type":"ready","x":"${text}"}`,
  (text) => text.replaceAll("<", "＜").replaceAll(">", "＞"),
  (text) => `${"🙂".repeat(30)}${text}`,
];

/** `count` different payloads, the plain ones first. At most 510. */
export function payloads(count: number): readonly string[] {
  return DISGUISES.flatMap((disguise) => BASES.map(disguise)).slice(0, count);
}

/** Words of the protocol and links, which no remote writes. */
const FIXED = new Set(["type", "tone", "severity", "worst", "action", "kind", "locale", "link"]);
const IDENTITIES = new Set(["id", "key", "environmentId"]);

/** The message with the payload as every text in it. */
export function poisoned<Message extends HostMessage>(message: Message, payload: string): Message {
  let count = 0;
  const visit = (value: unknown, key: string): unknown => {
    if (typeof value === "string" && IDENTITIES.has(key)) return `${payload.slice(0, 900)}${count++}`;
    if (typeof value === "string") return FIXED.has(key) ? value : payload;
    if (Array.isArray(value)) return value.map((item: unknown) => visit(item, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, visit(child, name)]));
  };
  return visit(message, "") as Message; // the same shape with other strings
}
