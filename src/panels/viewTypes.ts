import type { Page } from "./surface.ts";

/** Also in the manifest, as `onWebviewPanel:<type>` activation events. */
export const VIEW_TYPES: Readonly<Record<Page, string>> = { health: "gpuDev.health", fleet: "gpuDev.fleet" };

export const PAGES = ["health", "fleet"] as const satisfies readonly Page[];
