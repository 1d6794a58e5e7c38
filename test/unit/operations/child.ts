// A window's part in a provisioning, as a process of its own: to be killed at any moment, and to be taken up by the next.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Inventory } from "../../../src/core/inventory.ts";
import { createAwsProviders } from "../../../src/providers/aws/awsProviders.ts";
import { createJournal } from "../../../src/operations/journal.ts";
import { Operations } from "../../../src/operations/operations.ts";

const [task = "", folder = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const control = { signal, report: () => undefined };
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const POLL_MS = 20;
const keyFile = (name: string): string => path.join(folder, "keys", name);

const aws = createAwsProviders({
  keys: {
    save: (name, privateKey) => {
      mkdirSync(path.join(folder, "keys"), { recursive: true });
      writeFileSync(keyFile(name), privateKey);
      return Promise.resolve(keyFile(name));
    },
    file: (name) => Promise.resolve(existsSync(keyFile(name)) ? keyFile(name) : undefined),
    remove: () => Promise.resolve(),
    publicKeys: () => Promise.resolve([]),
  },
  folder: path.join(folder, "aws"),
  filter: () => ({ gpuOnly: true, mine: false }),
  prices: () => ({}),
  clock: Date.now,
  log,
  callerAddress: () => Promise.resolve("192.0.2.7"),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, POLL_MS))),
});
const [provider] = aws.providers([{ profile: "default", regions: ["us-east-1"] }]);
if (!provider?.provisioning) throw new Error("There is no provider.");
const inventory = new Inventory([provider], Date.now);
const journal = createJournal(path.join(folder, "operations"), log);
const operations = new Operations({
  ...{ inventory, journal, clock: Date.now, newId: () => crypto.randomUUID(), log },
  awaitReady: () => Promise.resolve(),
});

async function provision(): Promise<void> {
  const { provisioning, id } = provider ?? {};
  if (!provisioning || id === undefined) return;
  const answers: Record<string, string> = {};
  for (;;) {
    const question = await provisioning.next(answers, signal);
    if (!question) break;
    const first =
      question.kind === "choice" ? question.options.find((option) => !option.unavailable)?.value : undefined;
    answers[question.id] = first ?? (question.kind === "text" ? question.value : "");
  }
  const plan = await provisioning.plan(answers, signal);
  process.stdout.write("planned\n");
  await operations.provision(id, plan, control);
  process.stdout.write("provisioned\n");
}

/** What the next window does once its cloud has answered; ends when nothing is under way any more. */
async function takeUp(): Promise<void> {
  await inventory.refreshAll();
  await operations.resume();
  const isBusy = (): boolean => inventory.environments().some(({ state }) => state === "transitioning");
  while ((await journal.records()).length > operations.unfinished.length || isBusy())
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  const environments = inventory.environments().map(({ name, state, operationId }) => ({ name, state, operationId }));
  process.stdout.write(`${JSON.stringify({ environments, unfinished: operations.unfinished.length })}\n`);
}

await (task === "provision" ? provision() : takeUp());
process.exit(0);
