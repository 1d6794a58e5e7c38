import type { FleetRow, HealthView, HostMessage, Labels, Tile } from "../panels/protocol.ts";
import { append, type ChartHistory } from "./chartHistory.ts";

/** Everything the page has been told. A value: replaced whole. */
export interface Known {
  readonly labels: Labels | undefined;
  readonly locale: string;
  readonly clockOffsetMs: number;
  readonly health: HealthView | undefined;
  readonly history: ChartHistory | undefined;
  readonly fleet: Fleet | undefined;
}

export interface Fleet {
  readonly tiles: readonly Tile[];
  readonly rows: ReadonlyMap<string, FleetRow>;
  /** Whether there may be more once all environments have been listed for the first time. */
  readonly isListing: boolean;
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
      return { ...known, clockOffsetMs: offset(known, message.now), fleet: toFleet(message) };
    case "fleet-rows": {
      if (known.fleet === undefined) return known;
      const { rows, isListing } = known.fleet;
      return { ...known, fleet: toFleet({ ...message, isListing, rows: [...rows.values(), ...message.rows] }) };
    }
  }
}

/** Delivery takes a moment, so the offset wavers by milliseconds; only a real difference between clocks counts. */
function offset(known: Known, hostNow: number): number {
  const measured = hostNow - Date.now();
  return Math.abs(measured - known.clockOffsetMs) < 500 ? known.clockOffsetMs : measured;
}

/** Of two rows of one host the later counts. */
function toFleet({ tiles, rows, isListing }: Omit<HostMessage & { type: "fleet" }, "type" | "now">): Fleet {
  return { tiles, rows: new Map(rows.map((row) => [row.environmentId, row])), isListing };
}
