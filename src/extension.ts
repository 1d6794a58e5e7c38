import * as vscode from "vscode";
import { COMMAND_IDS } from "./commands/commandIds.ts";
import type { Main } from "./composition/main.ts";
import { lazily } from "./core/lazily.ts";
import { PAGES, VIEW_TYPES } from "./panels/viewTypes.ts";

/** Registers what VS Code must find, and nothing else: everything is built a moment later, outside of the activation. */
export function activate(context: vscode.ExtensionContext): void {
  let main: Main | undefined;
  let isEnded = false;
  const opened = lazily(async () => {
    const { openMain } = await import("./composition/main.ts");
    if (!isEnded) main = openMain(context);
    return main;
  });
  const opening = setImmediate(() => void opened());
  const commands = COMMAND_IDS.map((id) =>
    vscode.commands.registerCommand(id, async (...values: unknown[]) => (await opened())?.run(id, values)),
  );
  // VS Code gives pages back after a reload, through the activation events of the manifest.
  const pages = PAGES.map((page) =>
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPES[page], {
      deserializeWebviewPanel: async (panel, state: unknown) => (await opened())?.restore(page, panel, state),
    }),
  );
  const end = (): void => {
    isEnded = true;
    clearImmediate(opening);
    main?.dispose();
  };
  context.subscriptions.push(...commands, ...pages, { dispose: end });
}
