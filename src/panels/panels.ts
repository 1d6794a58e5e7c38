import type * as vscode from "vscode";
import type { Disposable } from "../core/event.ts";
import { FleetPanels } from "./fleetPanel.ts";
import { HealthPanels, type HealthActions, type PanelServices } from "./healthPanel.ts";
import type { Page } from "./surface.ts";
import { restoredSurface, webviewSurfaces } from "./webviewSurface.ts";

/** Every page of the extension. */
export interface Panels extends Disposable {
  showHealth(environmentId: string): void;
  showFleet(): void;
  /** Gives a panel that VS Code kept over a reload back to its page. */
  restore(page: Page, panel: vscode.WebviewPanel, state: unknown): void;
}

export function createPanels(
  extensionUri: vscode.Uri,
  services: PanelServices,
  actions: Omit<HealthActions, "showFleet">,
): Panels {
  const open = webviewSurfaces(extensionUri);
  const fleet = new FleetPanels(services, open, { showHealth: (id) => health.show(id) });
  const health = new HealthPanels(services, open, { ...actions, showFleet: () => fleet.show() });
  return {
    showHealth: (environmentId) => {
      health.show(environmentId);
    },
    showFleet: () => {
      fleet.show();
    },
    restore: (page, panel, state) => {
      const surface = restoredSurface(panel, page, extensionUri);
      if (page === "health") health.restore(surface, state);
      else fleet.restore(surface);
    },
    dispose: () => {
      health.dispose();
      fleet.dispose();
    },
  };
}
