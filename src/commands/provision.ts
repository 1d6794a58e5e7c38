import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import { isAbort } from "../core/error.ts";
import type { Inventory } from "../core/inventory.ts";
import { plainText } from "../core/plainText.ts";
import type { EnvironmentProvider } from "../core/provider.ts";
import type { Answers, Provisioning, ProvisioningPlan } from "../core/provisioning.ts";
import type { Sentence } from "../core/sentence.ts";
import type { Operations } from "../operations/operations.ts";
import { askQuestion, whileLoading } from "../ui/askQuestion.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { escapeLinks } from "../ui/escapeLinks.ts";
import type { Format } from "../ui/format.ts";
import type { Speech } from "../views/environmentRow.ts";
import { localize } from "../ui/localize.ts";
import { withProgress } from "../ui/progress.ts";
import type { CommandId } from "./commandIds.ts";

export interface ProvisionParts {
  readonly inventory: Inventory;
  readonly operations: () => Promise<Operations>;
  readonly speech: Speech;
}

type Provisioner = EnvironmentProvider & { readonly provisioning: Provisioning };

/** Asks what to make, shows what that costs, and makes it. */
export async function provision(parts: ProvisionParts, providerId: string | undefined): Promise<void> {
  const provider = await chooseProvider(parts.inventory, providerId);
  if (!provider) return;
  const plan = await planTogether(provider.provisioning, parts.speech.format);
  if (!plan) return;
  const operations = await parts.operations();
  const title = vscode.l10n.t("Provisioning {0}", plainText(plan.name));
  try {
    const make = (signal: AbortSignal, report: (stage: Sentence) => void): Promise<Environment> =>
      operations.provision(provider.id, plan, { signal, report });
    void tellReady(await withProgress(title, make));
  } catch (error) {
    if (isAbort(error)) void tellCancelled(plan.name);
    throw error;
  }
}

/** A cancel that left something behind is told as a failure instead, with what that is. */
export async function tellCancelled(name: string): Promise<void> {
  const message = vscode.l10n.t("The launch of {0} was cancelled. Nothing of it is left.", plainText(name));
  await vscode.window.showInformationMessage(escapeLinks(message));
}

/** That it answers and can be worked on, with the next step at hand. */
export function tellReady(environment: Environment): Promise<void> {
  return offerConnection(vscode.l10n.t("{0} is ready.", plainText(environment.name)), environment);
}

/** That the cloud has started it. Whether it answers yet, the view shows. */
export function tellRuns(environment: Environment): Promise<void> {
  return offerConnection(vscode.l10n.t("{0} runs again.", plainText(environment.name)), environment);
}

async function offerConnection(message: string, environment: Environment): Promise<void> {
  const connect = vscode.l10n.t("Connect");
  const answer = await vscode.window.showInformationMessage(escapeLinks(message), connect);
  if (answer === connect)
    await vscode.commands.executeCommand("gpuDev.connectInNewWindow" satisfies CommandId, environment.id);
}

async function chooseProvider(inventory: Inventory, wanted: string | undefined): Promise<Provisioner | undefined> {
  const providers = inventory.providerIds.map((id) => inventory.provider(id)).filter(isProvisioner);
  const known = providers.find(({ id }) => id === wanted) ?? (providers.length === 1 ? providers[0] : undefined);
  if (known) return known;
  if (providers.length === 0) return void offerAccounts();
  const items = providers.map((provider) => ({ label: escapeIcons(localize(provider.displayName)), provider }));
  const title = vscode.l10n.t("Provision Environment");
  const placeHolder = vscode.l10n.t("Choose the account and region");
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.provider;
}

function isProvisioner(provider: EnvironmentProvider | undefined): provider is Provisioner {
  return provider?.provisioning !== undefined;
}

async function offerAccounts(): Promise<void> {
  const choose = vscode.l10n.t("Choose AWS Accounts");
  const message = vscode.l10n.t("No cloud account is set up yet in which a machine could be made.");
  if ((await vscode.window.showInformationMessage(message, choose)) === choose)
    await vscode.commands.executeCommand("gpuDev.chooseAwsAccounts" satisfies CommandId);
}

/** The conversation with its way back, up to a confirmed plan; undefined when it was given up. */
async function planTogether(provisioning: Provisioning, format: Format): Promise<ProvisioningPlan | undefined> {
  const trail: (readonly [string, string])[] = [];
  const title = vscode.l10n.t("Provision Environment");
  for (;;) {
    const answers: Answers = Object.fromEntries(trail);
    const question = await whileLoading(title, async (signal) => ({ next: await provisioning.next(answers, signal) }));
    if (!question) return undefined;
    if (!question.next) {
      const plan = await whileLoading(title, (signal) => provisioning.plan(answers, signal));
      const decision = plan && (await confirmPlan(plan, format));
      if (decision !== "back") return decision === "launch" ? plan : undefined;
      trail.pop();
      continue;
    }
    const asked = await askQuestion(question.next, trail.length + 1);
    if (asked.kind === "dismissed") return undefined;
    if (asked.kind === "back") trail.pop();
    else trail.push([question.next.id, asked.value]);
  }
}

/** The card before the act: what will exist, what it costs and what can go wrong. */
async function confirmPlan(plan: ProvisioningPlan, format: Format): Promise<"launch" | "back" | undefined> {
  const launch = vscode.l10n.t("Launch");
  const back = vscode.l10n.t("Back");
  const message = vscode.l10n.t("Launch {0}?", plainText(plan.name));
  const detail = planLines(plan, format).join("\n");
  const answer = await vscode.window.showInformationMessage(message, { modal: true, detail }, launch, back);
  if (answer === launch) return "launch";
  return answer === back ? "back" : undefined;
}

function planLines(plan: ProvisioningPlan, format: Format): readonly string[] {
  const list = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ["", title, ...lines.map((line) => `• ${plainText(line, 400)}`)];
  return [
    ...priceLines(plan, format),
    ...list(vscode.l10n.t("What is made:"), plan.creates.map(localize)),
    ...list(vscode.l10n.t("Good to know:"), plan.risks.map(localize)),
  ];
}

function priceLines({ price, storagePrice, maxHours }: ProvisioningPlan, format: Format): readonly string[] {
  if (!price) return [vscode.l10n.t("Nobody could tell its price. It costs money from the launch on.")];
  const { perHour, currency, source, date } = price;
  const lines = [vscode.l10n.t("{0} an hour while it runs", format.money(perHour, currency))];
  if (maxHours !== undefined)
    lines.push(
      vscode.l10n.t("{0} for {1} h, after which it stops", format.money(perHour * maxHours, currency), maxHours),
    );
  if (storagePrice)
    lines.push(
      vscode.l10n.t("{0} a month for its disk while it is stopped", format.money(storagePrice.perHour * 730, currency)),
    );
  return [...lines, vscode.l10n.t("Price: {0}, {1}. Taxes and traffic come on top.", localize(source), date)];
}
