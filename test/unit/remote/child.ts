// A process of its own, so that its memory holds nothing of the test: opens a session, lets its options be forgotten,
// and writes down what is still in memory. Arguments: configuration, trust file, where the heap snapshot goes.
import { writeHeapSnapshot } from "node:v8";
import { createRemote } from "../../../src/remote/openSession.ts";
import { createFakeAsk, forever, host, output } from "./support.ts";

const [configFile = "", trustFile = "", snapshotFile = ""] = process.argv.slice(2);
const remote = createRemote({
  ask: createFakeAsk({}),
  sshProgram: () => "ssh",
  configFile: () => configFile,
  trustFile,
  log: () => undefined,
  environment: process.env,
  platform: process.platform,
});
const session = await remote.openSession(host("box"), "background", forever);
// More hosts than are remembered.
for (let number = 1; number <= 66; number += 1) await remote.resolve(host(`other-${String(number)}`), forever);
await new Promise((resolve) => setTimeout(resolve, 50));
writeHeapSnapshot(snapshotFile);
process.stdout.write(`${session.transport} ${await output(session, "echo alive")}`);
session.close();
