import * as vscode from "vscode";
import { plainText } from "../core/plainText.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";

export interface RemovableInclude {
  readonly status: () => Promise<"absent" | "installed" | "displaced">;
  readonly remove: () => Promise<{ readonly backup: string | undefined }>;
  /** The user's SSH configuration, as shown to the user. */
  readonly userFile: () => string;
}

/** Takes our line out of the user's SSH configuration, after a question, and says what stays. */
export async function removeSshInclude(include: RemovableInclude): Promise<void> {
  if ((await include.status()) === "absent") {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("There is nothing of this extension in {0}.", include.userFile()),
    );
    return;
  }
  const remove = vscode.l10n.t("Remove");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("Remove the Include line of this extension from {0}?", include.userFile()),
    {
      modal: true,
      detail: vscode.l10n.t(
        "Windows opened on hosts of this extension cannot reconnect afterwards. Host keys you trusted are kept.",
      ),
    },
    remove,
  );
  if (answer !== remove) return;
  const { backup } = await include.remove();
  if (backup === undefined) return;
  const message = vscode.l10n.t("The Include line is removed. Your file as it was before is kept as {0}.", backup);
  void vscode.window.showInformationMessage(escapeLinks(plainText(message)));
}
