import type { FleetRow, HealthView, HostMessage, Labels, Tile } from "../panels/protocol.ts";
import { append, type ChartHistory } from "./chartHistory.ts";

/** Everything the page has been told. A value: replaced whole. */
export interface Known {
  readonly labels: Labels | undefined;
  readonly locale: string;
  readonly clockOffsetMs: number;
  readonly health: HealthView | undefined;
  readonly history: ChartHistory | undefined;
  readonly fleet: { readonly tiles: readonly Tile[]; readonly rows: ReadonlyMap<string, FleetRow> } | undefined;
}

export const NOTHING_YET: Known = {
  labels: undefined,
  locale: "en",
  clockOffsetMs: 0,
  health: undefined,
  history: undefined,
  fleet: undefined,
};

/** What is known after a message. */
export function receive(known: Known, message: HostMessage): Known {
  switch (message.type) {
    case "start":
      return { ...known, labels: message.labels, locale: message.locale };
    case "health":
      return { ...known, clockOffsetMs: offset(known, message.now), health: message.view };
    case "history":
      return { ...known, history: message.block };
    case "points":
      return known.history === undefined ? known : { ...known, history: append(known.history, message.block) };
    case "fleet":
      return { ...known, clockOffsetMs: offset(known, message.now), fleet: toFleet(message.tiles, message.rows) };
    case "fleet-rows":
      return known.fleet === undefined
        ? known
        : { ...known, fleet: toFleet(message.tiles, [...known.fleet.rows.values(), ...message.rows]) };
  }
}

/** Delivery takes a moment, so the offset wavers by milliseconds; only a real difference between clocks counts. */
function offset(known: Known, hostNow: number): number {
  const measured = hostNow - Date.now();
  return Math.abs(measured - known.clockOffsetMs) < 500 ? known.clockOffsetMs : measured;
}

function toFleet(tiles: readonly Tile[], rows: readonly FleetRow[]): Known["fleet"] {
  return { tiles, rows: new Map(rows.map((row) => [row.environmentId, row])) };
}
