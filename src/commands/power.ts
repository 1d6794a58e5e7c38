import * as vscode from "vscode";
import type { Environment, PowerOperation } from "../core/environment.ts";
import { GpuDevError, isAbort, messageOf } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import { codeOf, reasonOf } from "../operations/describe.ts";
import type { Operations } from "../operations/operations.ts";
import { costWords, startingCost } from "../views/billingWords.ts";
import type { Speech } from "../views/environmentRow.ts";
import { OPERATION_TITLES, USUAL_OPERATIONS } from "../views/powerWords.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import { withProgress } from "../ui/progress.ts";
import { startWithoutRoom, type OtherWays } from "./capacity.ts";
import { tellRuns } from "./provision.ts";

export interface PowerParts {
  readonly inventory: Inventory;
  readonly operations: () => Promise<Operations>;
  readonly speech: Speech;
  /** Called once a machine has been started: its address may be another one. */
  readonly followAddress: (environment: Environment) => Promise<void>;
}

/** Does one operation to all of them, after saying what that means for each. */
export async function power(
  parts: PowerParts,
  operation: PowerOperation,
  environments: readonly Environment[],
): Promise<void> {
  const able = environments.filter(({ operations }) => operations[operation].available);
  if (able.length === 0) throw unavailable(operation, environments);
  if (!(await confirm(parts, operation, able))) return;
  const operations = await parts.operations();
  const outcomes = await Promise.allSettled(able.map((environment) => act(parts, operations, operation, environment)));
  throwTogether(outcomes);
}

/** Each failure is told, those of several machines in one message; of none but cancelled acts, there is nothing to tell. */
function throwTogether(outcomes: readonly PromiseSettledResult<void>[]): void {
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [asError(outcome.reason)] : []));
  const told = failures.filter((failure) => !isAbort(failure));
  const [first = failures[0], ...others] = told;
  if (!first) return;
  if (others.length === 0) throw first;
  const together = told.map(reasonOf).reduce((text, other) => sentence("{0} {1}", text, other));
  throw new GpuDevError(codeOf(first), together, { cause: first });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(messageOf(reason), { cause: reason });
}

/** The best real operation that saves money: what its platform can do keeps as much as possible. */
export async function pause(parts: PowerParts, environments: readonly Environment[]): Promise<void> {
  const best = ({ operations }: Environment): PowerOperation => (operations.hibernate.available ? "hibernate" : "stop");
  const hibernating = environments.filter((environment) => best(environment) === "hibernate");
  const stopping = environments.filter((environment) => best(environment) === "stop");
  const outcomes: PromiseSettledResult<void>[] = [];
  if (hibernating.length > 0) outcomes.push(...(await Promise.allSettled([power(parts, "hibernate", hibernating)])));
  if (stopping.length > 0) outcomes.push(...(await Promise.allSettled([power(parts, "stop", stopping)])));
  throwTogether(outcomes);
}

/** Every operation of one machine: those that would work, and why the others would not. */
export async function choosePower(parts: PowerParts, environment: Environment): Promise<void> {
  const { say, localize } = parts.speech;
  const all = Object.keys(OPERATION_TITLES) as readonly PowerOperation[];
  const worthNaming = all.filter(
    (operation) => USUAL_OPERATIONS.includes(operation) || environment.operations[operation].available,
  );
  const items = worthNaming.map((operation) => {
    const availability = environment.operations[operation];
    const title = OPERATION_TITLES[operation](say);
    const detail = availability.available
      ? consequencesOf(parts, operation, environment)
          .map(({ title, items: lines }) => `${title} ${lines.join(", ")}`)
          .join(" · ")
      : localize(availability.reason);
    const label = availability.available ? title : `$(circle-slash) ${title}`;
    return { label, detail: escapeIcons(plainText(detail, 400)), operation, available: availability.available };
  });
  items.sort((left, right) => Number(right.available) - Number(left.available));
  const title = vscode.l10n.t("What to do with {0}?", escapeIcons(plainText(environment.name)));
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDetail: true });
  if (picked) await power(parts, picked.operation, [environment]);
}

function unavailable(operation: PowerOperation, environments: readonly Environment[]): GpuDevError {
  const [first] = environments;
  const availability = first?.operations[operation];
  if (!first || !availability || availability.available)
    return new GpuDevError("unsupported", sentence("There is no environment to act on."));
  return new GpuDevError("unsupported", sentence("{0}: {1}", first.name, availability.reason));
}

async function act(
  parts: PowerParts,
  operations: Operations,
  operation: PowerOperation,
  environment: Environment,
): Promise<void> {
  const name = plainText(environment.name);
  const title = `${OPERATION_TITLES[operation](parts.speech.say)}: ${name}`;
  try {
    const left = await withProgress(title, (signal, report) =>
      operations.run(operation, environment, { signal, report }),
    );
    if (left.length > 0) tellLeft(parts, name, left);
  } catch (error) {
    if (isAbort(error)) {
      tellGoesOn(name);
      return;
    }
    if (operation !== "start" || !(error instanceof GpuDevError) || error.code !== "capacity") throw error;
    await startWithoutRoom(error, environment, otherWays(parts, operations, environment));
  }
  if (operation !== "start") return;
  void tellRuns(environment);
  await parts.followAddress(environment);
}

/** It is done, but not all that went with it is. */
function tellLeft({ speech }: PowerParts, name: string, left: readonly Sentence[]): void {
  const list = left.map((item) => plainText(speech.localize(item), 400)).join(", ");
  const message = vscode.l10n.t("{0} is done with. Left behind: {1}", name, list);
  void vscode.window.showWarningMessage(escapeLinks(message));
}

function otherWays({ inventory }: PowerParts, operations: Operations, environment: Environment): OtherWays {
  const provider = inventory.provider(environment.providerId);
  return {
    start: async (size, control) => {
      const wish = { operation: "start", ...(size === undefined ? {} : { size }) } as const;
      await operations.run(wish, inventory.existing(environment.id, environment.providerId), control);
    },
    ...(provider?.sizes ? { sizes: async (signal) => (await provider.sizes?.(environment, signal)) ?? [] } : {}),
  };
}

/** A cloud cannot be told to forget what it has accepted. */
function tellGoesOn(name: string): void {
  const message = vscode.l10n.t(
    "Nobody waits for {0} any more. What the cloud has accepted goes on; the view shows it.",
    name,
  );
  void vscode.window.showInformationMessage(escapeLinks(message));
}

async function confirm(
  parts: PowerParts,
  operation: PowerOperation,
  environments: readonly Environment[],
): Promise<boolean> {
  const { say } = parts.speech;
  const title = OPERATION_TITLES[operation](say);
  const names = environments.map(({ name }) => plainText(name));
  const message =
    names.length === 1 ? `${title}: ${names[0] ?? ""}?` : vscode.l10n.t("{0} {1} machines?", title, names.length);
  const detail = environments
    .slice(0, MOST_TOLD)
    .map((environment) => told(parts, operation, environment, names.length > 1))
    .join("\n\n");
  const more = names.length - MOST_TOLD;
  const rest = more > 0 ? `\n\n${vscode.l10n.t("… and {0} more.", more)}` : "";
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail: detail + rest }, title);
  if (answer !== title) return false;
  return operation !== "delete" || names.length === 1 || typeName(names);
}

/** A dialog must fit on a screen. */
const MOST_TOLD = 5;

function told(parts: PowerParts, operation: PowerOperation, environment: Environment, named: boolean): string {
  const cost = costWords(environment, parts.speech);
  const heading = [plainText(environment.name), ...(cost === false ? [] : [cost])].join(" · ");
  const price = operation === "start" ? startPrice(parts, environment) : [];
  const consequences = consequencesOf(parts, operation, environment).flatMap(({ title, items }) => [
    title,
    ...items.map((item) => `• ${item}`),
  ]);
  return [...(named ? [heading] : []), ...price, ...consequences].join("\n");
}

/** Whoever starts a machine is told what that costs before it does. */
function startPrice({ speech }: PowerParts, environment: Environment): readonly string[] {
  return [
    startingCost(environment, speech) ?? vscode.l10n.t("Nobody could tell its price: it costs money all the same."),
  ];
}

interface ConsequenceList {
  readonly title: string;
  readonly items: readonly string[];
}

function consequencesOf(
  { inventory, speech }: PowerParts,
  operation: PowerOperation,
  environment: Environment,
): readonly ConsequenceList[] {
  const provider = inventory.provider(environment.providerId);
  const consequences = provider?.consequences?.(operation, environment);
  if (!consequences) return [];
  const { survives, lost, bill } = consequences;
  const lists = [
    { title: vscode.l10n.t("Stays:"), items: survives },
    { title: vscode.l10n.t("Lost:"), items: lost },
    { title: vscode.l10n.t("Bill:"), items: bill },
  ];
  return lists.flatMap(({ title, items }) =>
    items.length === 0 ? [] : [{ title, items: items.map((item) => plainText(speech.localize(item), 400)) }],
  );
}

/** Several deletions at once are one slip of the hand too many for a button. */
async function typeName([first = "", ...others]: readonly string[]): Promise<boolean> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t("Delete {0} machines", others.length + 1),
    prompt:
      others.length === 1
        ? vscode.l10n.t("Type {0} to delete it and {1}.", first, others[0] ?? "")
        : vscode.l10n.t("Type {0} to delete it and the {1} others.", first, others.length),
    ignoreFocusOut: true,
    validateInput: (text) => (text === first || text === "" ? undefined : vscode.l10n.t("That is not its name.")),
  });
  return typed === first;
}
