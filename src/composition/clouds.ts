import path from "node:path";
import type * as vscode from "vscode";
import type { AwsChoices } from "../commands/chooseAwsAccounts.ts";
import { disposeAll, type Disposable } from "../core/event.ts";
import type { Inventory } from "../core/inventory.ts";
import { lazily } from "../core/lazily.ts";
import type { EnvironmentProvider } from "../core/provider.ts";
import type { AwsProviders, AwsSources } from "../providers/aws/awsProviders.ts";
import { openAws } from "../providers/index.ts";
import type { Log } from "../ui/log.ts";
import { runCommand } from "../ui/runCommand.ts";
import { onDidChangeSettings, readSettings, type Settings } from "../ui/settings.ts";

export interface CloudAccounts extends Disposable {
  readonly aws: AwsChoices;
}

export interface CloudAccountsParts {
  readonly context: vscode.ExtensionContext;
  readonly inventory: Inventory;
  /** What is there without any cloud. */
  readonly base: readonly EnvironmentProvider[];
  readonly isWatched: () => boolean;
  readonly log: Log;
}

/** The accounts of the settings as providers. Nothing of a cloud is loaded before an account of it is chosen. */
export function openCloudAccounts({ context, inventory, base, isWatched, log }: CloudAccountsParts): CloudAccounts {
  let isDisposed = false;
  let opened: AwsProviders | undefined;
  let polling: Disposable | undefined;
  /** The filter and the user's own prices of the latest listing. */
  let listedBy: string | undefined;
  const aws = lazily(async () => (opened = await openAws(await sourcesOf(context, log))));
  const apply = async (): Promise<void> => {
    const { awsAccounts } = readSettings();
    if (awsAccounts.length === 0 && !opened) return;
    const providers = (await aws()).providers(awsAccounts);
    if (isDisposed) return opened?.dispose();
    const { startPolling } = await import("../core/polling.ts");
    polling ??= startPolling({ inventory, isWatched, clock: Date.now, log: log.info });
    const before = new Map(inventory.providerIds.map((id) => [id, inventory.provider(id)]));
    inventory.setProviders([...base, ...providers]);
    const wanted = JSON.stringify([filterOf(readSettings()), readSettings().prices]);
    const due = wanted === listedBy ? providers.filter((provider) => before.get(provider.id) !== provider) : providers;
    listedBy = wanted;
    await Promise.all(due.map(({ id }) => inventory.relist(id)));
  };
  const applying = (): void => void runCommand(apply, log);
  applying();
  const settings = onDidChangeSettings(applying);
  return {
    aws: {
      profiles: async () => (await aws()).profiles(),
      regions: async (profile, signal) => (await aws()).regions(profile, signal),
    },
    dispose: () => {
      isDisposed = true;
      disposeAll([settings, ...(polling ? [polling] : []), ...(opened ? [opened] : [])]);
    },
  };
}

async function sourcesOf(context: vscode.ExtensionContext, log: Log): Promise<AwsSources> {
  const { createKeyStore } = await import("./keyStore.ts");
  return {
    keys: createKeyStore(context.secrets),
    folder: path.join(context.globalStorageUri.fsPath, "aws"),
    filter: () => filterOf(readSettings()),
    prices: () => readSettings().prices,
    clock: Date.now,
    log: log.info,
  };
}

function filterOf({ awsGpuOnly, awsMineOnly, awsTag }: Settings) {
  return { gpuOnly: awsGpuOnly, mine: awsMineOnly, ...(awsTag === undefined ? {} : { tag: awsTag }) };
}
