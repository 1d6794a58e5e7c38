import { sentence } from "../core/sentence.ts";
import type { Clock } from "../core/clock.ts";
import { canAnswer, type Environment } from "../core/environment.ts";
import { disposeAll, type Disposable, type Event } from "../core/event.ts";
import { plainText } from "../core/plainText.ts";
import type { Health } from "../health/watch.ts";
import { toHealthView } from "./healthView.ts";
import { lastPointMs, toHistoryBlock } from "./historyBlock.ts";
import { interruptionProblem } from "./interruptionProblem.ts";
import type { Localize } from "./labels.ts";
import { LivePage, type PageContent } from "./livePage.ts";
import { savedEnvironmentId, type Action, type GpuCard, type WebviewMessage } from "./protocol.ts";
import type { OpenSurface, PanelSurface } from "./surface.ts";
import { tell } from "./words.ts";

/** The environments as the panels need them. */
export interface Environments {
  environment(id: string): Environment | undefined;
  environments(): readonly Environment[];
  /** Whether what is not among them may still be listed for the first time. */
  isLoading(): boolean;
  /** Something about them changed. */
  readonly onDidChange: Event<unknown>;
}

export interface PanelServices {
  readonly health: Health;
  readonly inventory: Environments;
  readonly localize: Localize;
  /** BCP 47, for numbers and times. */
  readonly locale: string;
  readonly clock: Clock;
}

/** What the buttons of a health page do. Each reports its own failure to the user. */
export type HealthActions = Readonly<Record<Action, (environmentId: string) => void>> & {
  readonly showFleet: () => void;
};

/** The health pages: one per environment, revealed when it is there already. */
export class HealthPanels implements Disposable {
  private readonly services: PanelServices;
  private readonly openSurface: OpenSurface;
  private readonly actions: HealthActions;
  private readonly open = new Map<string, { readonly surface: PanelSurface; readonly panel: HealthPanel }>();

  constructor(services: PanelServices, openSurface: OpenSurface, actions: HealthActions) {
    this.services = services;
    this.openSurface = openSurface;
    this.actions = actions;
  }

  show(environmentId: string): void {
    const shown = this.open.get(environmentId);
    if (shown) shown.surface.reveal();
    else this.adopt(environmentId, this.openSurface("health", titleOf(environmentId, this.services)));
  }

  /** Takes over a page of the last session. One that says nothing usable, or is there already, is closed. */
  restore(surface: PanelSurface, state: unknown): void {
    const environmentId = savedEnvironmentId(state);
    if (environmentId === undefined || this.open.has(environmentId)) surface.dispose();
    else this.adopt(environmentId, surface);
  }

  dispose(): void {
    for (const { surface, panel } of [...this.open.values()]) {
      panel.dispose();
      surface.dispose();
    }
    this.open.clear();
  }

  private adopt(environmentId: string, surface: PanelSurface): void {
    const panel = new HealthPanel(environmentId, surface, this.services, this.actions);
    this.open.set(environmentId, { surface, panel });
    const closing = surface.onDidDispose(() => {
      closing.dispose();
      panel.dispose();
      this.open.delete(environmentId);
    });
  }
}

/** One health page over one environment. */
class HealthPanel implements Disposable, PageContent {
  private readonly environmentId: string;
  private readonly surface: PanelSurface;
  private readonly services: PanelServices;
  private readonly actions: HealthActions;
  private readonly page: LivePage;
  /** What the page has of the history: for which GPUs, and up to when. */
  private sent: { readonly gpus: string; readonly untilMs: number } | undefined;

  constructor(environmentId: string, surface: PanelSurface, services: PanelServices, actions: HealthActions) {
    this.environmentId = environmentId;
    this.surface = surface;
    this.services = services;
    this.actions = actions;
    this.page = new LivePage(surface, this, services.localize, services.locale);
    this.page.start();
  }

  watch(): Disposable {
    const { health, inventory } = this.services;
    let interest = this.holdInterest(undefined);
    const subscriptions = [
      health.onDidChange((id) => {
        if (id === this.environmentId) this.page.update();
      }),
      inventory.onDidChange(() => {
        interest = this.holdInterest(interest);
        // A page whose environment is gone, or not listed yet after a reload, keeps the name it had.
        if (inventory.environment(this.environmentId))
          this.surface.setTitle(titleOf(this.environmentId, this.services));
        this.page.update();
      }),
    ];
    return {
      dispose: () => {
        disposeAll(subscriptions);
        interest?.dispose();
      },
    };
  }

  sendAll(): void {
    this.sent = undefined;
    this.sendChanges();
  }

  sendChanges(): void {
    const { health, inventory, localize, clock } = this.services;
    const id = this.environmentId;
    const history = health.history(id);
    const environment = inventory.environment(id);
    const now = clock();
    const view = toHealthView(
      {
        environmentId: id,
        environment,
        isListing: inventory.isLoading(),
        now,
        watch: health.watch(id),
        history,
        detail: health.detail(id),
        problems: health.problems(id),
        interruption: interruptionProblem(health.interruption(id), environment, now),
      },
      localize,
    );
    this.page.post({ type: "health", now, view });
    this.sendHistory(view.gpus);
  }

  receive(message: Exclude<WebviewMessage, { type: "ready" }>): void {
    if (message.type === "action") this.actions[message.action](this.environmentId);
    if (message.type === "show-fleet") this.actions.showFleet();
  }

  dispose(): void {
    this.page.dispose();
  }

  /** All of the history once, then from the last point on: that one may still change within its step. */
  private sendHistory(cards: readonly GpuCard[]): void {
    const history = this.services.health.history(this.environmentId);
    if (history === undefined) return;
    const gpus = JSON.stringify([
      history.stepMs,
      cards.map(({ key, label }) => [key, label]),
      history.gpus.map(({ key }) => key),
    ]);
    const sent = this.sent?.gpus === gpus ? this.sent : undefined;
    const later = sent && toHistoryBlock(history, cards, this.services.localize, sent.untilMs);
    // A clock set back moves the recorded hour with it: nothing lies after the last point then, and all is sent anew.
    const block = later ?? toHistoryBlock(history, cards, this.services.localize);
    if (block === undefined) return;
    this.page.post({ type: later === undefined ? "history" : "points", block });
    this.sent = { gpus, untilMs: lastPointMs(block) };
  }

  /** A machine that cannot answer is not asked; one that can is watched in detail. */
  private holdInterest(held: Disposable | undefined): Disposable | undefined {
    const environment = this.services.inventory.environment(this.environmentId);
    if (environment !== undefined && canAnswer(environment)) {
      return held ?? this.services.health.show(this.environmentId, "detail");
    }
    held?.dispose();
    return undefined;
  }
}

function titleOf(environmentId: string, { inventory, localize }: PanelServices): string {
  const name = inventory.environment(environmentId)?.name ?? environmentId;
  return tell(localize, sentence("GPU Health: {0}", plainText(name, 80)));
}
