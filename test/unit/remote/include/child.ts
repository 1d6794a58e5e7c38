// What the fault tests run as a process of its own: to be killed, to run beside others, or as another user.
import { readFileSync } from "node:fs";
import { GpuDevError } from "../../../../src/core/error.ts";
import { parseOwnFile } from "../../../../src/remote/include/ownFile.ts";
import type { SshEntry } from "../../../../src/core/connection.ts";
import { sandboxAt } from "./sandbox.ts";

process.on("SIGXFSZ", () => undefined); // a limit on file sizes is to be an error, not the end of the process

const [task = "", home = "", userConfigFile = "", owner = "ssh", count = "0"] = process.argv.slice(2);
const sandbox = sandboxAt(home, userConfigFile);
const include = sandbox.include();

/** Hosts whose every value tells the round, so that a mixture of two rounds shows. */
function hosts(prefix: string, round: number, howMany: number): readonly SshEntry[] {
  return Array.from({ length: howMany }, (_, at) => ({
    alias: `${prefix}-${at}`,
    hostName: `10.0.${round % 250}.${at}`,
    port: 1 + (round % 60_000),
  }));
}

async function writeUntilKilled(): Promise<void> {
  process.stdout.write("ready\n");
  for (let round = 1; ; round += 1) {
    await include.setEntries(owner, hosts("box", round, 1 + (round % 5) * 3));
    await include.install();
    await include.remove();
  }
}

async function addAndRemove(): Promise<void> {
  for (let round = 1; round <= Number(count); round += 1) {
    const meant = hosts(owner, round, 1 + (round % 2));
    await include.setEntries(owner, meant);
    const written = parseOwnFile(readFileSync(sandbox.ownFile, "utf8"), sandbox.ownFile);
    const mine = written.filter((one) => one.owner === owner).map(({ entry }) => entry);
    if (JSON.stringify(mine) !== JSON.stringify(meant)) throw new Error(`${owner} lost hosts in round ${round}`);
  }
}

/** Prints the code of each attempt's error, or "done". */
async function attempt(actions: readonly (() => Promise<unknown>)[]): Promise<void> {
  const outcomes: string[] = [];
  for (const action of actions) {
    const outcome = action().then(
      () => "done",
      (error: unknown) => (error instanceof GpuDevError ? error.code : `not ours: ${String(error)}`),
    );
    outcomes.push(await outcome);
  }
  process.stdout.write(outcomes.join(","));
}

const tasks: Readonly<Record<string, () => Promise<void>>> = {
  writeUntilKilled,
  addAndRemove,
  install: () => attempt([() => include.status(), () => include.install(), () => include.remove()]),
  setEntries: () => attempt([() => include.setEntries(owner, hosts("new", 7, 40))]),
};
await tasks[task]?.();
