import * as vscode from "vscode";
import type { Environment } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import { plainText } from "../core/plainText.ts";
import type { Health } from "../health/watch.ts";
import type { Log } from "../ui/log.ts";
import { targetEnvironment } from "../ui/pickEnvironment.ts";
import { withProgress, withViewProgress } from "../ui/progress.ts";
import type { CommandHandler } from "../ui/register.ts";
import type { CommandId } from "./commandIds.ts";
import { connect, type ConnectParts } from "./connect.ts";
import { copyDiagnostics } from "./copyDiagnostics.ts";
import { addSshHost, chooseHosts, hideHost } from "./hosts.ts";
import { removeSshInclude, type RemovableInclude } from "./removeSshInclude.ts";
import { copySshCommand, openTerminal, type TerminalParts } from "./terminal.ts";

/** What the commands call, made by the composition root. */
export interface CommandParts {
  readonly inventory: Inventory;
  readonly health: Health;
  readonly log: Log;
  readonly redact: (text: string) => string;
  readonly version: string;
  readonly isShown: (environment: Environment) => boolean;
  readonly isHost: (text: string) => boolean;
  readonly connecting: ConnectParts;
  readonly terminals: TerminalParts;
  readonly include: RemovableInclude;
  readonly trustChangedHostKey: (environment: Environment, signal: AbortSignal) => Promise<void>;
  readonly showHealth: (environmentId: string) => Promise<void>;
  readonly showFleet: () => Promise<void>;
  readonly pin: (environmentId: string) => void;
}

/** The tree's view id, also in package.json. */
export const VIEW_ID = "gpuDev.environments";

type Handlers<Id extends CommandId> = Readonly<Record<Id, CommandHandler>>;

/** A handler for every command of package.json. */
export function createCommands(parts: CommandParts): Handlers<CommandId> {
  return { ...connectCommands(parts), ...watchCommands(parts), ...hostCommands(parts), ...helpCommands(parts) };
}

/** Runs `act` on the environment of a row, or on one that the user picks. */
function on(
  { inventory, isShown }: CommandParts,
  title: string,
  eligible: (environment: Environment) => boolean,
  act: (environment: Environment) => unknown,
): CommandHandler {
  return async (argument) => {
    const candidates = inventory.environments().filter((environment) => isShown(environment) && eligible(environment));
    const environment = await targetEnvironment(argument, candidates, title);
    if (environment) await act(environment);
  };
}

const any = (): boolean => true;
const overSsh = ({ reach }: Environment): boolean => reach === "ssh";

function connectCommands(
  parts: CommandParts,
): Handlers<
  "gpuDev.connectInNewWindow" | "gpuDev.connectInCurrentWindow" | "gpuDev.openTerminal" | "gpuDev.copySshCommand"
> {
  const { connecting, terminals } = parts;
  return {
    "gpuDev.connectInNewWindow": on(parts, vscode.l10n.t("Connect in New Window"), overSsh, (environment) =>
      connect(connecting, environment, "new"),
    ),
    "gpuDev.connectInCurrentWindow": on(parts, vscode.l10n.t("Connect in Current Window"), overSsh, (environment) =>
      connect(connecting, environment, "current"),
    ),
    "gpuDev.openTerminal": on(parts, vscode.l10n.t("Open Terminal"), any, (environment) =>
      openTerminal(terminals, environment),
    ),
    "gpuDev.copySshCommand": on(parts, vscode.l10n.t("Copy SSH Command"), overSsh, (environment) =>
      copySshCommand(terminals, environment),
    ),
  };
}

function watchCommands(
  parts: CommandParts,
): Handlers<
  | "gpuDev.showGpuHealth"
  | "gpuDev.showFleetHealth"
  | "gpuDev.reconnect"
  | "gpuDev.trustChangedHostKey"
  | "gpuDev.pinToStatusBar"
> {
  const { health } = parts;
  return {
    "gpuDev.showGpuHealth": on(parts, vscode.l10n.t("Show GPU Health"), any, ({ id }) => parts.showHealth(id)),
    "gpuDev.showFleetHealth": () => parts.showFleet(),
    "gpuDev.reconnect": on(parts, vscode.l10n.t("Reconnect"), any, ({ id, name }) =>
      withProgress(vscode.l10n.t("Connecting to {0}", plainText(name)), (signal) => health.reconnect(id, signal)),
    ),
    "gpuDev.trustChangedHostKey": on(parts, vscode.l10n.t("Trust Changed Host Key"), overSsh, (environment) =>
      withProgress(vscode.l10n.t("Reading the host key of {0}", plainText(environment.name)), async (signal) => {
        await parts.trustChangedHostKey(environment, signal);
        await health.reconnect(environment.id, signal); // the refusal is over, and nothing else would try again
      }),
    ),
    "gpuDev.pinToStatusBar": on(parts, vscode.l10n.t("Show in Status Bar"), any, ({ id }) => {
      parts.pin(id);
    }),
  };
}

function hostCommands({
  inventory,
  isHost,
  include,
  ...parts
}: CommandParts): Handlers<
  "gpuDev.chooseHosts" | "gpuDev.hideHost" | "gpuDev.addSshHost" | "gpuDev.refresh" | "gpuDev.removeSshInclude"
> {
  return {
    "gpuDev.chooseHosts": () => chooseHosts(inventory.environments().filter(overSsh)),
    "gpuDev.hideHost": on({ inventory, isHost, include, ...parts }, vscode.l10n.t("Hide Host"), overSsh, hideHost),
    "gpuDev.addSshHost": () => addSshHost(isHost),
    "gpuDev.refresh": async () => {
      await withViewProgress(VIEW_ID, () => inventory.refreshAll());
      parts.health.tryAgain();
    },
    "gpuDev.removeSshInclude": () => removeSshInclude(include),
  };
}

function helpCommands({
  log,
  version,
  inventory,
  health,
  redact,
}: CommandParts): Handlers<"gpuDev.showLog" | "gpuDev.copyDiagnostics"> {
  return {
    "gpuDev.showLog": () => {
      log.show();
    },
    "gpuDev.copyDiagnostics": () =>
      copyDiagnostics({
        version,
        platform: `${process.platform} ${process.arch}`,
        inventory,
        health,
        recentLog: () => log.recent(),
        redact,
      }),
  };
}
