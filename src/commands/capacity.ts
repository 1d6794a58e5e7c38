import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import { delay } from "../core/waiting.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import { localize } from "../ui/localize.ts";
import { withProgress } from "../ui/progress.ts";

/** Capacity comes back in minutes to hours; asking more often only gets the account throttled. */
const RETRY_MS = 60_000;

/**
 * The machine is kept as it is. The user decides whether it is tried again until the cloud has room, and is told when
 * it is. Throws the refusal where they do not want that.
 */
export async function retryForCapacity(
  refusal: GpuDevError,
  environment: Environment,
  start: (signal: AbortSignal, report: (stage: Sentence) => void) => Promise<void>,
): Promise<void> {
  const retry = vscode.l10n.t("Retry and Notify");
  const name = plainText(environment.name);
  const message = `${plainText(localize(refusal.sentence), 600)} ${vscode.l10n.t("{0} is kept as it is.", name)}`;
  if ((await vscode.window.showWarningMessage(escapeLinks(message), retry)) !== retry)
    return Promise.reject(cancelled());
  await withProgress(vscode.l10n.t("Waiting for room for {0}", name), async (signal, report) => {
    for (let attempt = 1; ; attempt++) {
      report(sentence("attempt {0} in a minute", attempt));
      await delay(RETRY_MS, signal);
      try {
        await start(signal, report);
        return;
      } catch (error) {
        if (!(error instanceof GpuDevError) || error.code !== "capacity") throw error;
      }
    }
  });
}

/** The refusal has been read: to show it once more would only be in the way. */
function cancelled(): Error {
  const error = new Error("Not tried again.");
  error.name = "AbortError";
  return error;
}
