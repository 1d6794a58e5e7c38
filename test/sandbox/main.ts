// npm run sandbox [-- --port 8080]: the extension in a real VS Code, with simulated GPU machines behind real SSH.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { freePort, startCodeServer } from "../e2e/server.ts";
import { packageExtension } from "../package.ts";
import { requirePrograms } from "../prerequisites.ts";
import { installWorkbench } from "../workbench/install.ts";
import { startBoxes } from "./boxes.ts";
import { seedMachines, startCloud } from "./cloud.ts";
import { createHome } from "./home.ts";
import { startPrivateMachine } from "./colleaguesMachine.ts";

/** So that its address stays the same from one start to the next; a second sandbox beside it gets another one. */
const USUAL_PORT = 8484;

const { values } = parseArgs({ options: { port: { type: "string" } } });
const port = values.port === undefined ? await freePort(USUAL_PORT) : Number(values.port);
if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65535)) {
  throw new Error(`--port ${values.port} is no port`);
}

/** What to undo, last first. */
const ends: (() => Promise<unknown>)[] = [];
let ending: Promise<void> | undefined;

async function endAll(): Promise<void> {
  for (const end of ends.reverse()) await end().catch((error: unknown) => console.error(error));
}

/** Ctrl-C reaches every program of the terminal's group, and may come twice: the second waits for the first. */
function stopOnSignal(): void {
  ending ??= endAll().then(() => process.exit(0));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stopOnSignal);

try {
  await start();
} catch (error) {
  if (!ending) {
    await endAll();
    throw error;
  }
}

async function start(): Promise<void> {
  await requirePrograms("sshd", "ssh", "ps");
  await installWorkbench();
  console.log("Building the extension …");
  const vsix = await packageExtension();
  const directory = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-sandbox-"));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  const boxes = await startBoxes(path.join(directory, "boxes"));
  ends.push(() => boxes.stop());
  const home = await createHome(path.join(directory, "home"), boxes);
  const cloud = await startCloud(path.join(directory, "cloud"), home, boxes.userKeyFile);
  ends.push(() => cloud.stop());
  seedMachines(cloud);
  await startPrivateMachine(cloud, "inner");
  const server = await startCodeServer({
    directory: path.join(directory, "vscode"),
    vsix,
    ...(port === undefined ? {} : { port }),
    settings: { ...home.settings, ...cloud.settings },
    environment: { ...home.environment, ...cloud.environment },
  });
  ends.push(() => server.stop());
  const flaky = boxes.box("flaky-l4").directory;
  console.log(`
  ${server.url}/?folder=${encodeURIComponent(server.workspace)}

  Open it and choose "GPU Environments" in the activity bar. Machines: trainer, lab-a10, flaky-l4, vault, and those of
  an emulated AWS account, in which machines can be provisioned, paused, resumed and deleted. Nothing of it costs money.
  Its machine inner has no public address: it is reached by stand-ins of the programs aws and session-manager-plugin.
  GPU 1 of flaky-l4 falls off the bus three minutes from now; to put it back:  touch ${path.join(flaky, "started")}
  Other faults are words in a file, for example:  echo hang > ${path.join(flaky, "fault")}
  Ctrl-C stops everything.
`);
}
