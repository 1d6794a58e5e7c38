import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { GpuDevError } from "../core/error.ts";
import { plainText } from "../core/plainText.ts";
import type { Option } from "../core/provisioning.ts";
import { sentence } from "../core/sentence.ts";
import { delay } from "../core/waiting.ts";
import type { Control } from "../operations/supervised.ts";
import { askQuestion, whileLoading } from "../ui/askQuestion.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import { localize } from "../ui/localize.ts";
import { withProgress } from "../ui/progress.ts";

/** Capacity comes back in minutes to hours; asking more often only gets the account throttled. */
const RETRY_MS = 60_000;

/** How a machine for which there was no room can be started all the same. */
export interface OtherWays {
  readonly start: (size: string | undefined, control: Control) => Promise<void>;
  /** Absent where its size is fixed. */
  readonly sizes?: (signal: AbortSignal) => Promise<readonly Option[]>;
}

/**
 * The machine is kept as it is. The user decides whether it is tried again until the cloud has room, or started in
 * another size. Rejects with an AbortError where they want neither: the refusal has been read by then.
 */
export async function startWithoutRoom(refusal: GpuDevError, { name }: Environment, ways: OtherWays): Promise<void> {
  const retry = vscode.l10n.t("Retry and Notify");
  const resize = vscode.l10n.t("Another Size…");
  const shown = plainText(name);
  const message = `${plainText(localize(refusal.sentence), 600)} ${vscode.l10n.t("{0} is kept as it is.", shown)}`;
  const buttons = [retry, ...(ways.sizes ? [resize] : [])];
  const answer = await vscode.window.showWarningMessage(escapeLinks(message), ...buttons);
  if (answer === retry) return retryForRoom(shown, (control) => ways.start(undefined, control));
  if (answer === resize && ways.sizes) return startInOtherSize(shown, ways.sizes, ways.start);
  throw cancelled();
}

async function startInOtherSize(
  name: string,
  sizes: NonNullable<OtherWays["sizes"]>,
  start: OtherWays["start"],
): Promise<void> {
  const title = sentence("Another size for {0}", name);
  const options = await whileLoading(localize(title), sizes);
  if (!options) throw cancelled();
  const none = sentence("There is no other size in which it could run.");
  const asked = await askQuestion({ kind: "choice", id: "size", title, options, none }, 1);
  if (asked.kind !== "answer") throw cancelled();
  await withProgress(localize(title), (signal, report) => start(asked.value, { signal, report }));
}

async function retryForRoom(name: string, start: (control: Control) => Promise<void>): Promise<void> {
  await withProgress(vscode.l10n.t("Waiting for room for {0}", name), async (signal, report) => {
    for (let attempt = 1; ; attempt++) {
      report(sentence("attempt {0} in a minute", attempt));
      await delay(RETRY_MS, signal);
      try {
        await start({ signal, report });
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
