// Writes resources/l10n/bundle.l10n.json: the messages a translation has to cover.   npm run l10n
import { mkdirSync, writeFileSync } from "node:fs";
import { collectMessages } from "./messages.ts";

const messages = collectMessages("src");
mkdirSync("resources/l10n", { recursive: true });
writeFileSync(
  "resources/l10n/bundle.l10n.json",
  `${JSON.stringify(Object.fromEntries(messages.map((message) => [message, message])), undefined, 2)}\n`,
);
console.log(`${String(messages.length)} messages`);
