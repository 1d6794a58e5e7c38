// What is looked at from within the page. Written as text, since this project does not load the types of a browser.
import type { Page } from "playwright-core";

const DEADLINE_MS = 60_000;

/** Waits for a row with a label and for a tree of so many rows, and notes when each has been painted. */
export async function watchRows(page: Page, label: string, count: number): Promise<void> {
  await page.evaluate(`{
    const rows = () => [...document.querySelectorAll(".pane-body .monaco-list-row")];
    const isThere = () => rows().some((row) => row.textContent.includes(${JSON.stringify(label)}));
    const isWhole = () => isThere() && Number(rows()[0].getAttribute("aria-setsize")) === ${count};
    const painted = (isSo) =>
      new Promise((resolve) => {
        if (isSo()) throw new Error("It is there before its data.");
        const observer = new MutationObserver(() => {
          if (!isSo()) return;
          observer.disconnect();
          // The frame that holds the row is painted before the task that follows it.
          requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
        });
        observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["aria-setsize"] });
      });
    window.benchRows = Promise.all([painted(isThere), painted(isWhole)]);
    void 0; // A promise as the value of this block would be waited for here.
  }`);
}

/** Wall-clock milliseconds. */
export async function rowsShownAt(page: Page): Promise<{ readonly firstAt: number; readonly allAt: number }> {
  const late = `new Promise((resolve) => setTimeout(() => resolve([0, 0]), ${DEADLINE_MS}))`;
  const [firstAt = 0, allAt = 0] = await page.evaluate<number[]>(`Promise.race([window.benchRows, ${late}])`);
  if (allAt === 0) throw new Error(`The rows are not there after ${DEADLINE_MS / 1000} s.`);
  return { firstAt, allAt };
}

/**
 * Notes every row of the tree that is drawn anew: in which an element is added, removed or changed. Changes of one frame
 * are one update. The place of a row does not count: VS Code's list writes that of every row again, at any update of any
 * tree, with the values it had.
 */
export async function watchTouchedRows(page: Page): Promise<void> {
  await page.evaluate(`{
    const PLACE = new Set(["data-index", "data-last-element", "data-parity", "aria-setsize", "aria-posinset", "id"]);
    const updates = (window.benchTouchedRows = []);
    let current;
    const note = (row) => {
      if (!current) {
        current = new Map();
        updates.push(current);
        requestAnimationFrame(() => (current = undefined));
      }
      current.set(row, row.getAttribute("aria-label") ?? row.textContent);
    };
    const rowOf = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(".monaco-list-row");
    new MutationObserver((records) => {
      for (const record of records) {
        if (record.type === "attributes" && PLACE.has(record.attributeName)) continue;
        for (const node of [record.target, ...record.addedNodes, ...record.removedNodes]) {
          const row = rowOf(node);
          if (row) note(row);
        }
      }
    }).observe(document.querySelector(".pane-body .monaco-list-rows"), {
      childList: true,
      subtree: true,
      attributes: true,
      characterData: true,
    });
  }`);
}

/** The labels of the touched rows, update by update. */
export async function touchedRows(page: Page): Promise<readonly (readonly string[])[]> {
  return page.evaluate<string[][]>(`window.benchTouchedRows.map((rows) => [...rows.values()])`);
}
