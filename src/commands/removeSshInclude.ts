import * as vscode from "vscode";

/** Takes our line out of the user's SSH configuration, after a question, and says what stays. */
export async function removeSshInclude(include: {
  readonly status: () => Promise<string>;
  readonly remove: () => Promise<void>;
  readonly userFile: () => string;
}): Promise<void> {
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
  if (answer === remove) await include.remove();
}
