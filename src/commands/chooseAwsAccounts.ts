import * as vscode from "vscode";
import { plainText } from "../core/plainText.ts";
import { whileLoading } from "../ui/askQuestion.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { readSettings, writeAwsAccounts } from "../ui/settings.ts";

/** What there is to choose from. */
export interface AwsChoices {
  /** Of the shared AWS configuration files of this machine, and "default". */
  readonly profiles: () => Promise<readonly string[]>;
  /** Those that the account may use. Rejects with a GpuDevError where it cannot be asked. */
  readonly regions: (profile: string, signal: AbortSignal) => Promise<readonly string[]>;
}

/** Lets the user tick the profiles, and for each the regions, whose machines the tree shows. */
export async function chooseAwsAccounts(choices: AwsChoices): Promise<void> {
  const before = new Map(readSettings().awsAccounts.flatMap(toEntry));
  const profiles = await chooseProfiles(await choices.profiles(), before);
  if (!profiles) return;
  const chosen: Record<string, unknown>[] = [];
  for (const profile of profiles) {
    const regions = await chooseRegions(choices, profile, regionsOf(before.get(profile)));
    if (!regions) return;
    // What else the entry says was written by hand, and stays.
    if (regions.length > 0) chosen.push({ ...before.get(profile), profile, regions });
  }
  await writeAwsAccounts(chosen);
}

type Entry = Readonly<Record<string, unknown>>;

function toEntry(value: unknown): (readonly [string, Entry])[] {
  if (typeof value !== "object" || value === null || !("profile" in value)) return [];
  return typeof value.profile === "string" ? [[value.profile, value]] : [];
}

function regionsOf(entry: Entry | undefined): readonly string[] {
  const regions = entry?.["regions"];
  return Array.isArray(regions) ? regions.filter((region) => typeof region === "string") : [];
}

async function chooseProfiles(
  known: readonly string[],
  before: ReadonlyMap<string, Entry>,
): Promise<readonly string[] | undefined> {
  const names = [...new Set([...before.keys(), ...known])];
  const items = names.map((profile) => ({ ...toItem(profile), picked: before.has(profile), profile }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Choose AWS Accounts"),
    placeHolder: vscode.l10n.t("Profiles of your AWS configuration whose machines are shown"),
    canPickMany: true,
    ignoreFocusOut: true,
  });
  return chosen?.map(({ profile }) => profile);
}

async function chooseRegions(
  choices: AwsChoices,
  profile: string,
  before: readonly string[],
): Promise<readonly string[] | undefined> {
  const title = vscode.l10n.t("Regions of {0}", plainText(profile));
  const known = await whileLoading(title, (signal) => choices.regions(profile, signal));
  if (!known) return undefined;
  const names = [...new Set([...before, ...known])];
  const items = names.map((region) => ({ ...toItem(region), picked: before.includes(region), region }));
  const placeHolder = vscode.l10n.t("Regions whose machines are shown");
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder,
    canPickMany: true,
    ignoreFocusOut: true,
  });
  return chosen?.map(({ region }) => region);
}

function toItem(text: string): vscode.QuickPickItem {
  return { label: escapeIcons(plainText(text)) };
}
