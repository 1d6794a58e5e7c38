import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainText } from "../../src/core/plainText.ts";
import { machineFile } from "../sandbox/machine/box.ts";
import type { Machine, SimulatedGpu } from "../sandbox/machine/machine.ts";
import { machines } from "../sandbox/machines.ts";
import { payloads } from "../webviews/hostile.ts";
import { watchForHarm } from "./harm.ts";
import { journeys, type Journey } from "./journey.ts";
import { startVisit, type Session, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const isFull = process.env["GPU_DEV_FAULTS"] === "full";
const BATCH = 30;
const BATCHES = isFull ? 17 : 1;
/** Of each batch, shown one after the other where only one fits. */
const ONE_BY_ONE = isFull ? BATCH : 8;
const WAIT_MS = 60_000;

/** What a `Host` line may hold, and ssh takes from a command line. */
const ALIASES = [
  "https://127.0.0.1:9/x.png",
  "javascript:window.pwned=1",
  "[x]:command:workbench.action.quit",
  "\u202egnp.reniart",
  "%h#~^=+@",
  "a".repeat(255),
  "b".repeat(4_000),
];

/** A name in a CSV answer: nvidia-smi prints one line a GPU. */
const inLine = (payload: string): string => payload.replace(/[\n\r\0,]/g, " ");
const batchOf = (batch: number): readonly string[] =>
  payloads(BATCH * (batch + 1)).slice(BATCH * batch, BATCH * (batch + 1));

/** The machine with a payload in every text that its programs print. */
function poisonedMachine(machine: Machine, texts: readonly string[]): Machine {
  let at = 0;
  const next = (): string => texts[at++ % texts.length] ?? "";
  const poisonedGpu = (gpu: SimulatedGpu): SimulatedGpu => ({
    ...gpu,
    board: { ...gpu.board, name: next() },
    processes: gpu.processes.map((process) => ({ ...process, name: next(), user: next() })),
  });
  const xid = `NVRM: Xid (PCI:0000:17:00): 31, pid=4130870, name=${next()}, MMU Fault: ${next()}`;
  return {
    ...machine,
    hostname: next(),
    gpus: machine.gpus.map(poisonedGpu),
    kernelLog: [{ beforeMs: 60_000, text: inLine(xid) }],
  };
}

describe("a person whose machines are called names", () => {
  let visit: Visit;
  let errorFile: string;
  let harm: () => Promise<readonly string[]> = () => Promise.resolve([]);

  const poison = async ({ boxes, server }: Session, batch: number): Promise<void> => {
    const texts = batchOf(batch);
    const write = (alias: "trainer" | "vault", machine: Machine): Promise<void> =>
      writeFile(machineFile(boxes.box(alias).directory), JSON.stringify(machine));
    await write("trainer", poisonedMachine(machines.trainer, texts.map(inLine)));
    await write("vault", poisonedMachine(machines.vault, texts.toReversed()));
    // Nobody listens on port 1: what counts here is the name.
    const hosts = texts.map((text) => ({ name: text.slice(0, 100), hostName: "127.0.0.1", port: 1 }));
    await server.changeSettings({ "gpuDev.ssh.hosts": hosts });
    await writeFile(errorFile, `${inLine(texts[0] ?? "")} Connection closed\n`);
  };

  beforeAll(async () => {
    visit = await startVisit({
      window: {
        viewport: { width: 1400, height: 1500 },
        prepare: async (page) => {
          harm = await watchForHarm(page);
        },
      },
      prepare: async (session) => {
        const { home } = session;
        errorFile = path.join(home.directory, "error");
        const config = await readFile(home.sshConfigFile, "utf8");
        const aliases = ALIASES.map((alias) => `Host ${alias}\n  HostName 127.0.0.1\n  Port 1\n`);
        const failing = `Host failing\n  ProxyCommand cat '${errorFile}' >&2; exit 1\n\n`;
        await writeFile(home.sshConfigFile, `${failing}${aliases.join("\n")}\n${config}`);
        await poison(session, 0);
      },
    });
  });

  afterAll(async () => {
    await visit.stop();
  });

  const act = journeys(() => visit, { timeout: isFull ? 1_800_000 : 180_000 });
  const journey: Journey = (name, steps) => {
    act(name, async () => {
      await steps();
      expect(await harm()).toEqual([]);
    });
  };

  const unharmed = async (where: string): Promise<void> => {
    expect(await harm(), where).toEqual([]);
  };

  /** Icons drawn in a place. */
  const icons = async (place: Locator): Promise<readonly (string | null)[]> => {
    const found = await place.locator(".codicon").all();
    return Promise.all(found.map((icon) => icon.getAttribute("class")));
  };

  const eachBatch = async (act: (texts: readonly string[]) => Promise<void>): Promise<void> => {
    for (let batch = 0; batch < BATCHES; batch++) {
      if (batch > 0) {
        await poison(visit, batch);
        await visit.page.reload();
      }
      await ui.openContainer(visit.page, "GPU Environments");
      if (batch > 0) await ui.runCommand(visit.page, "View: Close All Editors"); // a reload may bring them back
      await ui
        .treeRow(visit.page, /^trainer/)
        .first()
        .filter({ hasText: "%" })
        .waitFor({ timeout: WAIT_MS });
      await act(batchOf(batch));
    }
  };

  it("has detectors that see a payload at work", async () => {
    const { page } = visit;
    await page.locator(".monaco-workbench").waitFor({ timeout: WAIT_MS });
    await page.evaluate(`globalThis.pwned = 1`);
    expect(await harm()).toEqual(["a payload ran 1 times"]);
    await page.evaluate(`delete globalThis.pwned`);
  });

  journey("reads them in the tree, in rows, descriptions and tooltips", async () => {
    await eachBatch(async () => {
      const { page } = visit;
      await ui.expandRow(ui.treeRow(page, /^trainer/).first());
      await ui
        .treeRow(page, /^GPU 7/)
        .first()
        .waitFor({ timeout: WAIT_MS });
      await unharmed("the rows");
      const rows = page.locator(".pane-body .monaco-list-row");
      const count = await rows.count();
      for (let index = 0; index < count; index += isFull ? 1 : 3) {
        const hover = await ui.tooltipOf(page, rows.nth(index)).catch(() => undefined);
        const words = await hover?.innerText({ timeout: 1_000 }).catch(() => undefined); // it goes as it came
        await unharmed(`the tooltip ${words ?? "of a row"}`);
      }
      expect(await page.locator(".pane-body .codicon-sync").count()).toBe(0);
      await ui.collapseRow(ui.treeRow(page, /^trainer/).first());
    });
  });

  journey("reads them in both panels", async () => {
    await eachBatch(async (texts) => {
      const { page } = visit;
      await ui.clickContextMenu(page, ui.treeRow(page, /^trainer/).first(), "Show GPU Health");
      const panel = ui.webview(page);
      const [named] = poisonedMachine(machines.trainer, texts.map(inLine)).gpus;
      await panel.getByRole("heading", { name: "trainer" }).waitFor({ timeout: WAIT_MS });
      await panel
        .getByText(plainText(named?.board.name ?? "").slice(0, 20))
        .first()
        .waitFor({ timeout: WAIT_MS });
      await panel.getByText("4120100").first().waitFor({ timeout: WAIT_MS });
      await unharmed("the health panel");
      await ui.runCommand(page, "GPU: Show Fleet Health");
      await ui.webview(page).getByText("trainer").first().waitFor({ timeout: WAIT_MS });
      await unharmed("the fleet panel");
      await ui.runCommand(page, "View: Close All Editors");
    });
  });

  journey("chooses among them in quick picks", async () => {
    await eachBatch(async () => {
      const { page } = visit;
      for (const command of ["GPU: Show GPU Health", "GPU: Choose Hosts…"]) {
        await ui.runCommand(page, command);
        await ui.inputTitle(page, /^(Show GPU Health|Choose Hosts)$/).waitFor({ timeout: WAIT_MS });
        for (const key of ["Home", "PageDown", "PageDown", "End"]) {
          await page.keyboard.press(key);
          await unharmed(command);
          const drawn = page.locator(".quick-input-list").locator(".codicon-sync, .codicon-error");
          expect(await drawn.count()).toBe(0);
        }
        await page.keyboard.press("Escape");
      }
    });
  });

  /** The rows, of which those of the settings come first. */
  const namedRows = (): Locator => visit.page.locator(".pane-body .monaco-list-row");

  journey("pins them to the status bar", async () => {
    await eachBatch(async () => {
      const { page } = visit;
      for (let index = BATCH - 1; index >= BATCH - ONE_BY_ONE; index--) {
        await ui.clickContextMenu(page, namedRows().nth(index), "Show in Status Bar");
        const item = page.locator(".statusbar-item[id*='gpuDev']");
        await item.waitFor({ timeout: WAIT_MS });
        await unharmed("the status bar");
        for (const icon of await icons(item)) expect(icon).toMatch(/codicon-(chip|debug-disconnect)/);
        await item.hover();
        await page.locator(".monaco-hover:visible, .workbench-hover:visible").first().waitFor({ timeout: 5_000 });
        await unharmed("the tooltip of the status bar");
      }
    });
  });

  journey("reads them in notifications, of which no word is a link", async () => {
    await eachBatch(async (texts) => {
      const { page } = visit;
      /** All of them stay in the notification centre; of toasts that come quickly VS Code drops some. */
      const look = async (text: string, where: string): Promise<void> => {
        // The centre does not open while it is empty, and what comes later is a toast first.
        const found = async (): Promise<number> => {
          await ui.runCommand(page, "Notifications: Show Notifications");
          return ui.notification(page, text).count();
        };
        await expect.poll(found, { timeout: WAIT_MS }).toBeGreaterThan(0);
        await unharmed(where);
        expect(await ui.notification(page, text).locator(".notification-list-item-message a").count()).toBe(0);
        await ui.runCommand(page, "Notifications: Clear All Notifications");
      };
      for (let index = BATCH - 1; index >= BATCH - ONE_BY_ONE; index--) {
        await ui.clickContextMenu(page, namedRows().nth(index), "Reconnect…");
        await look("refuses the connection", "a refused connection");
      }
      for (const text of texts.slice(-ONE_BY_ONE)) {
        await writeFile(errorFile, `${inLine(text)} Connection closed\n`);
        await ui.clickContextMenu(page, ui.treeRow(page, /^failing/).first(), "Reconnect…");
        await look("Connection closed", "an error of the far side");
      }
    });
  });

  journey("sees a name that was hidden, as text", async () => {
    const { page } = visit;
    const named = ui.treeRow(page, "[x](command:").first();
    await ui.clickContextMenu(page, named, "Hide Host");
    const toast = ui.toast(page, "is hidden");
    await toast.waitFor({ timeout: WAIT_MS });
    expect(await toast.innerText()).toContain("[x] (command:workbench.action.quit)");
  });

  journey("asks nothing of any address outside this computer", async () => {
    await Promise.resolve();
    expect([...visit.outsideOrigins]).toEqual([]);
  });
});
