// The figures behind every claim about speed and size: `npm run bench`, or `npm run bench -- <prefix>` for a part.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { activation, sizes } from "./activation.ts";
import { OUT } from "./built.ts";
import { ec2Built } from "./ec2Built.ts";
import { ec2Calls } from "./ec2Calls.ts";
import { ec2List } from "./ec2List.ts";
import { ec2Ready } from "./ec2Ready.ts";
import { holds, rounded, type Figure, type Part } from "./figure.ts";
import { gpu } from "./gpu.ts";
import { history } from "./history.ts";
import { ssh } from "./ssh.ts";
import { firstRowsPart, updatesPart } from "./tree.ts";
import { watch } from "./watch.ts";

const RESULTS = path.join(OUT, "results.json");
const EC2: readonly Part[] = [ec2List, ec2Calls, ec2Ready, ec2Built];
const PARTS: readonly Part[] = [gpu, history, ssh, ...EC2, sizes, activation, firstRowsPart, updatesPart, watch];

const { figures, broken } = await measure(process.argv[2] ?? "");
mkdirSync(path.dirname(RESULTS), { recursive: true });
writeFileSync(RESULTS, `${JSON.stringify(figures, undefined, 2)}\n`);
print(figures);
// What a part that broke has left open, such as a pipe, must not keep this process.
process.exit(figures.length > 0 && !broken && figures.every(holds) ? 0 : 1);

interface Measured {
  readonly figures: readonly Figure[];
  /** Whether a part could not be measured. */
  readonly broken: boolean;
}

async function measure(prefix: string): Promise<Measured> {
  const wanted = (id: string): boolean => id.startsWith(prefix);
  const parts = PARTS.filter(({ ids }) => ids.some(wanted));
  if (parts.length === 0) throw new Error(`No figure begins with "${prefix}".`);
  const measured: Figure[] = [];
  let broken = false;
  for (const part of parts) {
    for (const [id, reason] of Object.entries(part.leftOut?.() ?? {})) {
      if (wanted(id)) console.log(`left out: ${id}, for ${reason}`);
    }
    console.log(`measuring ${part.ids.filter(wanted).join(", ")} …`);
    try {
      measured.push(...(await part.measure()).filter(({ id }) => wanted(id)));
    } catch (error) {
      broken = true;
      console.log("It could not be measured.", error);
    }
  }
  const figures = measured.map((figure) => ({
    ...figure,
    value: rounded(figure.value),
    limit: rounded(figure.limit),
  }));
  return { figures, broken };
}

function print(figures: readonly Figure[]): void {
  const rows = figures.map((figure) => [
    holds(figure) ? "holds" : "FAILS",
    figure.id,
    `${figure.value} ${figure.unit}`,
    `≤ ${figure.limit}`,
    figure.against,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
}
