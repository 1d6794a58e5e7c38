// Trees of 5,000 rows in a real window: ours, and the peer's, which does nothing but hand its rows over.
import { constants } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { clickContextMenu, expandRow, openContainer, runCommand, treeRow } from "../e2e/workbench.ts";
import { mustRun } from "../program.ts";
import { OUT } from "./built.ts";
import { median, type Figure, type Part } from "./figure.ts";
import { rowsShownAt, touchedRows, watchRows, watchTouchedRows } from "./page.ts";
import { startWorkbench, type Workbench } from "./window.ts";

const ROWS = 5_000;
const WINDOWS = 5;
const FIRST_ROWS_LIMIT_MS = 300;
/** Until an opened view that waits for its rows has come to rest. */
const REST_MS = 2_000;
const UPDATES_MS = 12_000;
const FEWEST_UPDATES = 3;

export const firstRowsPart: Part = { ids: ["tree-first-rows"], measure: async () => [await firstRowsFigure()] };
export const updatesPart: Part = {
  ids: ["tree-one-row", "tree-other-rows", "tree-refresh-rows"],
  measure: updateFigures,
};

/** What shows one of the two trees, and the pipe from which it reads its rows. */
interface Candidate {
  readonly container: string;
  readonly pipe: string;
  readonly text: string;
  readonly firstLabel: string;
}

/**
 * Each tree reads its rows from a pipe, so that the moment at which the data is there is known to the millisecond: it
 * is when the last byte has been written. What the extension makes of those bytes is within the figure.
 */
async function firstRowsFigure(): Promise<Figure> {
  const label = (index: number): string => String(index).padStart(4, "0");
  const labels = Array.from({ length: ROWS }, (_, index) => label(index));
  const hosts = labels.map((name) => `Host node-${name}\n  HostName 127.0.0.1\n`).join("");
  const rows = labels.map((name) => `peer-${name}\n`).join("");
  const directory = await mustRun("mktemp", ["-d"]);
  const [ourPipe, peerPipe] = await Promise.all(["hosts", "rows"].map((name) => makePipe(directory.trim(), name)));
  const ours = { container: "GPU Environments", pipe: ourPipe ?? "", text: hosts, firstLabel: "node-0000" };
  const peer = { container: "Bench Peer", pipe: peerPipe ?? "", text: rows, firstLabel: "peer-0000" };
  const workbench = await startWorkbench({
    prepare: (home) => writeFile(home.sshConfigFile, `Include "${ours.pipe}"\n`),
    environment: { BENCH_PEER_ROWS: peer.pipe },
  });
  try {
    const times: Record<"ours" | "peer", Shown[]> = { ours: [], peer: [] };
    for (let turn = 0; turn < WINDOWS; turn++) {
      const { page, close } = await workbench.open();
      if (turn % 2 === 0) times.ours.push(await firstRows(page, ours));
      times.peer.push(await firstRows(page, peer));
      if (turn % 2 === 1) times.ours.push(await firstRows(page, ours));
      await close();
    }
    return {
      id: "tree-first-rows",
      value: medianOf(times.ours, "firstMs"),
      unit: "ms",
      limit: FIRST_ROWS_LIMIT_MS,
      against: `an extension that hands over ${ROWS} plain rows: ${medianOf(times.peer, "firstMs")} ms; the last row can be scrolled to after ${medianOf(times.ours, "allMs")} ms, there after ${medianOf(times.peer, "allMs")} ms`,
    };
  } finally {
    await workbench.stop();
    await mustRun("rm", ["-r", directory.trim()]);
  }
}

async function makePipe(directory: string, name: string): Promise<string> {
  const pipe = path.join(directory, name);
  await mustRun("mkfifo", [pipe]);
  return pipe;
}

/** Milliseconds from the moment at which the data was there. */
interface Shown {
  readonly firstMs: number;
  /** Until the tree has all its rows. */
  readonly allMs: number;
}

const medianOf = (times: readonly Shown[], which: keyof Shown): number => median(times.map((shown) => shown[which]));

async function firstRows(page: Page, { container, pipe, text, firstLabel }: Candidate): Promise<Shown> {
  const opening = openContainer(page, container);
  // Opening to write waits for the reader: from here on the extension waits for its data.
  const writer = await open(pipe, constants.O_WRONLY);
  await opening;
  await delay(REST_MS);
  await watchRows(page, firstLabel, ROWS);
  await writer.writeFile(text);
  const readyAt = Date.now();
  await writer.close();
  const { firstAt, allAt } = await rowsShownAt(page);
  return { firstMs: firstAt - readyAt, allMs: allAt - readyAt };
}

async function updateFigures(): Promise<readonly Figure[]> {
  const fillers = Array.from({ length: ROWS }, (_, index) => `Host filler-${index}\n  HostName 127.0.0.1\n`);
  const workbench = await startWorkbench({
    prepare: (home, boxes) =>
      writeFile(home.sshConfigFile, `${boxes.sshConfig(knownHostsOf(home))}${fillers.join("")}`),
  });
  try {
    const refreshed = await touchedByRefresh(workbench); // before any host is watched
    const expanded = await touchedWhile(workbench, async (page) => {
      await expandRow(treeRow(page, "trainer"));
      await treeRow(page, /GPU \d/)
        .first()
        .waitFor({ timeout: 30_000 });
    });
    const pinned = await touchedWhile(workbench, async (page) => {
      await clickContextMenu(page, treeRow(page, "trainer"), "Show in Status Bar");
      await treeRow(page, /trainer.*%/).waitFor({ timeout: 30_000 });
    });
    const others = expanded.map((rows) => rows.filter((row) => /filler|lab-a10|flaky|vault|bastion/.test(row)).length);
    return [
      {
        id: "tree-one-row",
        value: Math.max(...pinned.map((rows) => rows.length)),
        unit: "rows",
        limit: 1,
        against: `the most of ${pinned.length} updates of one collapsed host among ${ROWS}`,
      },
      {
        id: "tree-other-rows",
        value: Math.max(...others),
        unit: "rows",
        limit: 0,
        against: `rows of other hosts in ${expanded.length} updates of an expanded one`,
      },
      {
        id: "tree-refresh-rows",
        value: refreshed.length,
        unit: "rows",
        limit: 0,
        against: `rows drawn anew by a refresh of ${ROWS} hosts none of which has changed`,
      },
    ];
  } finally {
    await workbench.stop();
  }
}

const knownHostsOf = (home: { readonly directory: string }): string => path.join(home.directory, ".ssh/known_hosts");

/** The labels of the rows whose elements changed when everything was listed once more and was as before. */
async function touchedByRefresh(workbench: Workbench): Promise<readonly string[]> {
  const { page, close } = await workbench.open();
  try {
    await openContainer(page, "GPU Environments");
    await treeRow(page, "trainer").waitFor();
    await delay(REST_MS);
    await watchTouchedRows(page);
    await runCommand(page, "GPU: Refresh");
    await delay(REST_MS);
    return (await touchedRows(page)).flat();
  } finally {
    await close();
  }
}

/** The labels of the rows whose elements changed, update by update, while one host is watched. */
async function touchedWhile(
  workbench: Workbench,
  beginWatching: (page: Page) => Promise<void>,
): Promise<readonly (readonly string[])[]> {
  const { page, close } = await workbench.open();
  try {
    await openContainer(page, "GPU Environments");
    await treeRow(page, "trainer").waitFor();
    await delay(REST_MS);
    await beginWatching(page);
    await page.mouse.move(700, 400);
    await delay(REST_MS);
    await watchTouchedRows(page);
    await delay(UPDATES_MS);
    const updates = await touchedRows(page);
    if (updates.length < FEWEST_UPDATES) throw new Error(`Only ${updates.length} updates were drawn.`);
    return updates;
  } catch (error) {
    await page.screenshot({ path: path.join(OUT, "tree-updates.png") });
    throw error;
  } finally {
    await close();
  }
}
