// What every program of a box runs: main <folder of the box> <name of the program> <its arguments>.
import { openBox } from "./box.ts";
import { curl } from "./curl.ts";
import { nvidiaSmi, sleepForEver } from "./nvidiaSmi.ts";
import { dmesg, journalctl, ps } from "./programs.ts";

const [directory = ".", program = "", ...args] = process.argv.slice(2);

async function run(): Promise<number> {
  // A box without GPUs has nothing but this one.
  if (program === "curl") return curl(directory, args);
  const box = openBox(directory);
  switch (program) {
    case "nvidia-smi":
      box.noteRunning(process.pid);
      return nvidiaSmi(box, args);
    case "hold-output":
      return sleepForEver([]);
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
