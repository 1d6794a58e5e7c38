import assert from "node:assert/strict";
import * as vscode from "vscode";
import manifest from "../../package.json" with { type: "json" };

const ID = `${manifest.publisher}.${manifest.name}`;
const CLICKS = 100;
const TRAINER = "ssh/config/trainer";

/** Commands that change nothing outside the editor, with what they are called with. */
const HARMLESS: readonly (readonly [string, ...unknown[]])[] = [
  ["gpuDev.refresh"],
  ["gpuDev.showFleetHealth"],
  ["gpuDev.showGpuHealth", TRAINER],
  ["gpuDev.reconnect", TRAINER],
  ["gpuDev.pinToStatusBar", TRAINER],
  ["gpuDev.copySshCommand", TRAINER],
  ["gpuDev.copyDiagnostics"],
  ["gpuDev.showLog"],
  ["gpuDev.removeSshInclude"],
  ["gpuDev.chooseHosts"],
  ["gpuDev.addSshHost"],
  ["gpuDev.showGpuHealth"],
];

/** What anybody may call a public command with. */
const ODD_ARGUMENTS: readonly unknown[] = [null, 0, "", "nobody", {}, { environmentId: 7 }, { environmentId: "x" }, []];

const panelTabs = (page: string): readonly vscode.Tab[] =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes(page));

describe("a person who clicks and clicks", () => {
  const failures: unknown[] = [];
  const note = (reason: unknown): void => void failures.push(reason);

  before(async () => {
    process.on("unhandledRejection", note);
    await (vscode.extensions.getExtension(ID) ?? assert.fail("It is not installed")).activate();
    await vscode.commands.executeCommand("gpuDev.refresh");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  after(async () => {
    process.off("unhandledRejection", note);
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  for (const [command, ...values] of HARMLESS)
    it(`${command}${values.length > 0 ? " of a machine" : ""}, ${CLICKS} times at once`, async function () {
      this.timeout(60_000);
      const clicks = Array.from({ length: CLICKS }, () => vscode.commands.executeCommand(command, ...values));
      // A question of the last click stays open until it is closed; those before it ended with it.
      const closing = setInterval(() => void vscode.commands.executeCommand("workbench.action.closeQuickOpen"), 100);
      await Promise.all(clicks).finally(() => clearInterval(closing));
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(failures, []);
    });

  it("gets one panel of each kind", () => {
    assert.equal(panelTabs("gpuDev.fleet").length, 1);
    assert.equal(panelTabs("gpuDev.health").length, 1);
  });

  it("may call every command with anything", async () => {
    const ids = HARMLESS.map(([id]) => id).filter((id) => !/chooseHosts|addSshHost/.test(id));
    for (const id of new Set(ids))
      for (const argument of ODD_ARGUMENTS) {
        const called = vscode.commands.executeCommand(id, argument);
        const closing = setInterval(() => void vscode.commands.executeCommand("workbench.action.closeQuickOpen"), 50);
        await called.then(undefined, note);
        clearInterval(closing);
      }
    assert.deepEqual(failures, []);
  });
});
