import { chromium, type Browser } from "playwright-core";
import { isInstalled, programPath } from "./prerequisites.ts";

export const hasChromium = isInstalled("chromium");

/** A browser that finds no address but those of this computer. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: programPath("chromium"),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
}
