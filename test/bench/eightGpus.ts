import { chooseFields } from "../../src/gpu/queryFields.ts";
import { gpuCsv, gpuFieldHelp } from "../sandbox/machine/csv.ts";
import { momentsAt } from "../sandbox/machine/moment.ts";
import { machines } from "../sandbox/machines.ts";

const machine = machines.trainer;

/** What `nvidia-smi --help-query-gpu` says on a machine with eight H100. */
export const fieldHelp = gpuFieldHelp(machine.driver);

/** One reading of that machine, as its nvidia-smi prints it for the fields the extension asks for. */
export interface Reading {
  readonly header: string;
  /** Eight lines, each with its end. */
  readonly rows: string;
}

export function eightGpus(atMs: number): Reading {
  const asked = chooseFields(fieldHelp).join(",");
  const answer = gpuCsv(
    machine,
    asked,
    momentsAt(machine, atMs, () => "healthy"),
    false,
  );
  if (answer.kind === "unknown") throw new Error(answer.message);
  return { header: answer.header, rows: answer.rows.map((row) => `${row}\n`).join("") };
}
