// What every program of a box runs: main <folder of the box> <name of the program> <its arguments>.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openBox, runningFolder } from "./box.ts";
import { nvidiaSmi } from "./nvidiaSmi.ts";
import { dmesg, journalctl, ps } from "./programs.ts";

const [directory = ".", program = "", ...args] = process.argv.slice(2);
const box = openBox(directory);

/** A hanging nvidia-smi outlives its connection, as the real one does: the box ends it by this note when it stops. */
function leaveNote(): void {
  const note = path.join(runningFolder(directory), String(process.pid));
  mkdirSync(path.dirname(note), { recursive: true });
  writeFileSync(note, "");
  process.on("exit", () => rmSync(note, { force: true }));
}

async function run(): Promise<number> {
  switch (program) {
    case "nvidia-smi":
      leaveNote();
      return nvidiaSmi(box, args);
    case "journalctl":
      return journalctl(box, args);
    case "dmesg":
      return dmesg(box, args);
    case "ps":
      return ps(box, args);
    default:
      process.stderr.write(`${program}: command not found\n`);
      return 127;
  }
}

process.exitCode = await run();
