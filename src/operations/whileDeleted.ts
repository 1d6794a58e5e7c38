import type { Inventory } from "../core/inventory.ts";
import type { Sentence } from "../core/sentence.ts";
import { ACTIVITIES } from "./describe.ts";
import type { OperationRecord } from "./record.ts";

/**
 * Runs what deletes all that an operation made, and resolves with what that leaves. Machines of it are shown as being
 * deleted meanwhile, and are out of the list at once where nothing is left.
 */
export async function whileDeleted(
  inventory: Inventory,
  { id, providerId }: Pick<OperationRecord, "id" | "providerId">,
  work: () => Promise<readonly Sentence[]>,
): Promise<readonly Sentence[]> {
  const made = inventory.environments().filter((each) => each.operationId === id && each.providerId === providerId);
  for (const environment of made) inventory.cover(environment.id, { environment, activity: ACTIVITIES.delete });
  try {
    const rest = await work();
    if (rest.length === 0) inventory.buryMadeBy(id, providerId);
    else void inventory.refresh(providerId); // its machine may be gone all the same
    return rest;
  } finally {
    for (const environment of made) inventory.cover(environment.id, undefined);
  }
}
