import * as vscode from "vscode";
import { canAnswer, type Environment } from "../core/environment.ts";
import type { Disposable } from "../core/event.ts";
import { plainText } from "../core/plainText.ts";
import type { GpuProblem } from "../gpu/problem.ts";
import { gpuCount } from "../gpu/gpuCount.ts";
import type { Interruption } from "../health/interruptions.ts";
import type { Health, Watch } from "../health/watch.ts";
import { escapeIcons } from "../ui/escapeIcons.ts";
import { costLines, costWords } from "./billingWords.ts";
import { brief, busyPercent, isText, problemCount, stateWords, type Speech } from "./environmentRow.ts";
import { interruptionLines, interruptionWords } from "./interruptionWords.ts";
import { toTooltip } from "./row.ts";

export interface StatusBarParts {
  readonly health: Health;
  readonly speech: Speech;
  /** The environment that matters now; undefined when there is none or the user wants no item. */
  readonly current: () => Environment | undefined;
}

/** One item: how busy the environment that matters now is. It is sampled exactly as long as it is shown. */
export class StatusBar implements Disposable {
  private readonly parts: StatusBarParts;
  /** Made when there is first something to show. */
  private item: vscode.StatusBarItem | undefined;
  private readonly subscription: Disposable;
  /** What is sampled for it: nothing of a machine that is off. */
  private sampled: { readonly environmentId: string; readonly interest: Disposable } | undefined;

  constructor(parts: StatusBarParts) {
    this.parts = parts;
    this.subscription = parts.health.onDidChange((environmentId) => {
      if (environmentId === this.sampled?.environmentId) this.render();
    });
    this.update();
  }

  /** Chooses again which environment matters, e.g. after a connect, a pin or a change of settings. */
  update(): void {
    const current = this.parts.current();
    const environment = current && canAnswer(current) ? current : undefined;
    if (environment?.id !== this.sampled?.environmentId) {
      this.sampled?.interest.dispose();
      this.sampled = environment && {
        environmentId: environment.id,
        interest: this.parts.health.show(environment.id, "stream"),
      };
    }
    this.render();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item?.dispose();
    this.sampled?.interest.dispose();
  }

  private render(): void {
    const environment = this.parts.current();
    if (!environment) {
      this.item?.hide();
      return;
    }
    this.item ??= createItem();
    this.draw(this.item, environment);
  }

  private draw(item: vscode.StatusBarItem, environment: Environment): void {
    const { health, speech } = this.parts;
    const watch = health.watch(environment.id);
    const problems = health.problems(environment.id).filter(({ severity }) => severity !== "information");
    const coming = canAnswer(environment) ? health.interruption(environment.id) : undefined;
    const now = Date.now();
    const name = plainText(environment.name, 40);
    const busy = watch.kind === "live" ? busyPercent(watch.last) : undefined;
    const countdown = coming !== undefined && interruptionWords(coming, now, speech.say);
    const measured = [
      countdown,
      busy !== undefined && speech.format.percent(busy),
      !canAnswer(environment) && stateWords(environment, speech),
      costWords(environment, speech),
    ];
    item.text = [`${iconOf(watch, coming)} ${escapeIcons(name)}`, ...measured.filter(isText).map(escapeIcons)].join(
      " ",
    );
    item.tooltip = toTooltip([
      ...this.headLines(environment, watch, now),
      ...(coming ? interruptionLines(coming, now, speech) : []),
      ...("error" in watch ? [plainText(speech.localize(watch.error.sentence), 600)] : []),
      ...problems.map(({ title }) => plainText(speech.localize(title), 300)),
      vscode.l10n.t("Click for its GPU health."),
    ]);
    item.backgroundColor =
      coming !== undefined || problems.some(({ severity }) => severity === "critical")
        ? new vscode.ThemeColor("statusBarItem.warningBackground")
        : undefined;
    const spoken = [countdown, spokenStatus(watch, problems, speech)].filter(isText).join(", ");
    item.accessibilityInformation = { label: vscode.l10n.t("GPU environment {0}, {1}", name, spoken) };
    item.command = { command: "gpuDev.showGpuHealth", title: "", arguments: [environment.id] };
    item.show();
  }

  private headLines(environment: Environment, watch: Watch, now: number): readonly string[] {
    const { health, speech } = this.parts;
    const count = gpuCount(watch.last, health.lastSpec(environment.id));
    return [
      [plainText(environment.name, 40), ...(count === undefined ? [] : [count])].join(" · "),
      ...(environment.state === "unmanaged" ? [] : costLines(environment, now, speech)),
    ];
  }
}

function iconOf(watch: Watch, coming: Interruption | undefined): string {
  if (coming) return "$(warning)";
  return watch.kind === "unreachable" ? "$(debug-disconnect)" : "$(chip)";
}

function createItem(): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem("gpuDev.current", vscode.StatusBarAlignment.Left, 40);
  item.name = vscode.l10n.t("GPU Environment");
  return item;
}

/** What the icon, the number and the colour say, in words. */
function spokenStatus(watch: Watch, problems: readonly GpuProblem[], { say, format }: Speech): string {
  if ("error" in watch) return brief(watch.error, say);
  const busy = watch.kind === "live" ? busyPercent(watch.last) : undefined;
  const count = problemCount(problems, say);
  return [busy === undefined ? "–" : format.percent(busy), ...(count === false ? [] : [count])].join(", ");
}
