import { canAnswer } from "../core/environment.ts";
import { sentence } from "../core/sentence.ts";
import { disposeAll, type Disposable } from "../core/event.ts";
import type { Interest } from "../health/watch.ts";
import { toFleetRow, toTiles, type FleetHost } from "./fleetView.ts";
import type { PanelServices } from "./healthPanel.ts";
import { LivePage, type PageContent } from "./livePage.ts";
import type { FleetRow, HostMessage, WebviewMessage } from "./protocol.ts";
import type { OpenSurface, PanelSurface } from "./surface.ts";
import { tell } from "./words.ts";

export interface FleetActions {
  readonly showHealth: (environmentId: string) => void;
}

/** The one page over all environments. */
export class FleetPanels implements Disposable {
  private readonly services: PanelServices;
  private readonly openSurface: OpenSurface;
  private readonly actions: FleetActions;
  private open: { readonly surface: PanelSurface; readonly panel: FleetPanel } | undefined;

  constructor(services: PanelServices, openSurface: OpenSurface, actions: FleetActions) {
    this.services = services;
    this.openSurface = openSurface;
    this.actions = actions;
  }

  show(): void {
    if (this.open) this.open.surface.reveal();
    else this.adopt(this.openSurface("fleet", tell(this.services.localize, sentence("Fleet GPU Health"))));
  }

  /** Takes over the page of the last session, or closes it where one is open already. */
  restore(surface: PanelSurface): void {
    if (this.open) surface.dispose();
    else this.adopt(surface);
  }

  dispose(): void {
    this.open?.panel.dispose();
    this.open?.surface.dispose();
    this.open = undefined;
  }

  private adopt(surface: PanelSurface): void {
    const panel = new FleetPanel(surface, this.services, this.actions);
    this.open = { surface, panel };
    const closing = surface.onDidDispose(() => {
      closing.dispose();
      panel.dispose();
      this.open = undefined;
    });
  }
}

class FleetPanel implements Disposable, PageContent {
  private readonly services: PanelServices;
  private readonly actions: FleetActions;
  private readonly page: LivePage;
  private readonly interests = new Map<string, { readonly interest: Interest; readonly held: Disposable }>();
  private shown: ReadonlySet<string> = new Set();
  private readonly changed = new Set<string>();
  private isListChanged = false;

  constructor(surface: PanelSurface, services: PanelServices, actions: FleetActions) {
    this.services = services;
    this.actions = actions;
    this.page = new LivePage(surface, this, services.localize, services.locale);
    this.page.start();
  }

  watch(): Disposable {
    const { health, inventory } = this.services;
    this.holdInterests();
    const subscriptions = [
      health.onDidChange((id) => {
        this.changed.add(id);
        this.page.update();
      }),
      inventory.onDidChange(() => {
        this.isListChanged = true;
        this.holdInterests();
        this.page.update();
      }),
    ];
    return {
      dispose: () => {
        disposeAll(subscriptions);
        disposeAll([...this.interests.values()].map(({ held }) => held));
        this.interests.clear();
        this.shown = new Set();
      },
    };
  }

  sendAll(): void {
    const isListing = this.services.inventory.isLoading();
    this.page.post({ type: "fleet", ...this.take(() => true), isListing });
  }

  sendChanges(): void {
    const changed = new Set(this.changed);
    if (this.isListChanged) this.sendAll();
    else this.page.post({ type: "fleet-rows", ...this.take((id) => changed.has(id)) });
  }

  receive(message: Exclude<WebviewMessage, { type: "ready" }>): void {
    if (message.type === "show-health") this.showHealth(message.environmentId);
    if (message.type === "shown") {
      this.shown = new Set(message.environmentIds);
      this.holdInterests();
    }
  }

  dispose(): void {
    this.page.dispose();
  }

  /** The totals and the rows that are wanted, which with that count as sent. */
  private take(isWanted: (environmentId: string) => boolean): Omit<HostMessage & { type: "fleet-rows" }, "type"> {
    const { localize, clock } = this.services;
    const hosts = this.hosts();
    const rows: FleetRow[] = hosts
      .filter(({ environment }) => isWanted(environment.id))
      .map((host) => toFleetRow(host, localize));
    this.changed.clear();
    this.isListChanged = false;
    return { now: clock(), tiles: toTiles(hosts, localize), rows };
  }

  private hosts(): readonly FleetHost[] {
    const { health, inventory } = this.services;
    return inventory.environments().map((environment) => ({
      environment,
      watch: health.watch(environment.id),
      problems: health.problems(environment.id),
      lastSpec: health.lastSpec(environment.id),
    }));
  }

  /** Only for an environment that is really there, whatever the page says. */
  private showHealth(environmentId: string): void {
    if (this.services.inventory.environment(environmentId)) this.actions.showHealth(environmentId);
  }

  /** The rows on screen are read continually; the totals need the others only now and then. */
  private holdInterests(): void {
    const wanted = new Map<string, Interest>();
    for (const environment of this.services.inventory.environments()) {
      if (canAnswer(environment)) wanted.set(environment.id, this.shown.has(environment.id) ? "stream" : "glance");
    }
    for (const [id, interest] of wanted) {
      const before = this.interests.get(id);
      if (before?.interest === interest) continue;
      // The stronger interest is taken before the weaker is let go, so that the session between is not closed.
      this.interests.set(id, { interest, held: this.services.health.show(id, interest) });
      before?.held.dispose();
    }
    for (const [id, { held }] of [...this.interests]) {
      if (wanted.has(id)) continue;
      held.dispose();
      this.interests.delete(id);
    }
  }
}
