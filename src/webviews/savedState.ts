import * as v from "valibot";

const hidden = v.array(v.pipe(v.string(), v.maxLength(1_000)));
const scroll = v.pipe(v.number(), v.finite(), v.minValue(0));

export const FLEET_COLUMNS = ["host", "status", "problems", "busy", "memory", "hottest", "power"] as const;
export type FleetColumn = (typeof FLEET_COLUMNS)[number];

const healthState = v.object({
  environmentId: v.exactOptional(v.string()),
  view: v.picklist(["charts", "table"]),
  /** Keys of the GPUs that the charts leave out. */
  hidden,
  scroll,
});

const fleetState = v.object({
  filter: v.pipe(v.string(), v.maxLength(200)),
  sort: v.picklist(FLEET_COLUMNS),
  descending: v.boolean(),
  page: v.pipe(v.number(), v.integer(), v.minValue(0)),
  scroll,
});

/** What the health page remembers while it is hidden and over a reload of the window. */
export type HealthState = v.InferOutput<typeof healthState>;
export type FleetState = v.InferOutput<typeof fleetState>;

/** A state of another version of the page is as none. */
export function restoreHealthState(saved: unknown): HealthState {
  const result = v.safeParse(healthState, saved);
  return result.success ? result.output : { view: "charts", hidden: [], scroll: 0 };
}

export function restoreFleetState(saved: unknown): FleetState {
  const result = v.safeParse(fleetState, saved);
  return result.success ? result.output : { filter: "", sort: "problems", descending: true, page: 0, scroll: 0 };
}
