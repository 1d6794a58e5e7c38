import type { Instance, StateName, StateReason } from "./model.ts";
import type { RegionWorld } from "./region.ts";

export type Work = () => Promise<void> | void;

export function change(region: RegionWorld, id: string, patch: Partial<Instance>): Instance {
  const instance = region.instances.get(id);
  if (!instance) throw new Error(`There is no instance ${id}.`);
  const changed = { ...instance, ...patch };
  region.instances.set(id, changed, region.cloud.clock.now());
  return changed;
}

/** Every change of state goes through here, so that what was planned before is dropped. */
export function enter(region: RegionWorld, instance: Instance, state: StateName, patch: Partial<Instance>): Instance {
  return change(region, instance.id, { ...patch, state, step: instance.step + 1 });
}

/** Done only if the state has not changed in between. */
export function plan(region: RegionWorld, instance: Instance, delayMs: number, work: Work): void {
  region.cloud.clock.schedule(delayMs, () => (isUnchanged(region, instance) ? work() : undefined));
}

export function isUnchanged(region: RegionWorld, { id, step }: Instance): boolean {
  return region.instances.get(id)?.step === step;
}

/** What is shown as `StateTransitionReason`. */
export function transitionText({ cloud }: RegionWorld, { code }: StateReason): string {
  const time = new Date(cloud.clock.now()).toISOString().slice(0, 19).replace("T", " ");
  return `${code.startsWith("Server.") ? code : "User initiated"} (${time} GMT)`;
}
