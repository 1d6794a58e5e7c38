// Taking back what an operation has made, in reverse order: machine, security group, key pair, private key.
import { GpuDevError, isAbort, messageOf } from "../../../core/error.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import { findGroupIds, findInstanceIds, findKeyNames, instances } from "./findRemains.ts";
import { ifAnswered, insist, unlessRefused } from "./insist.ts";
import { parseLaunchSpec, type LaunchSpec } from "./launchSpec.ts";
import { resourceName } from "./operationNames.ts";
import { LIST_LAG_MS, STEP, type Run } from "./run.ts";

const LOOK_AGAIN_MS = 5000;
/** Large machines take minutes to end, and hold their group for as long. */
const END_DEADLINE_MS = 15 * 60_000;

/** Resolves with what is left, and why. What follows from something that is left is not tried. */
export async function abandonRun(run: Run): Promise<readonly Sentence[]> {
  const spec = parseLaunchSpec(run.steps.get(STEP.spec) ?? "");
  const leftMachines = await attempt(sentence("its machine"), () => endMachines(run, spec));
  if (leftMachines.length > 0) return leftMachines;
  const leftGroups = await attempt(sentence("its security group"), () => deleteGroups(run));
  const leftKeys = await attempt(sentence("its key pair"), () => deleteKeys(run));
  return [...leftGroups, ...leftKeys];
}

/** A failure is what is left, not the end: the rest may still be taken back. */
async function attempt(what: Sentence, act: () => Promise<void>): Promise<readonly Sentence[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (isAbort(error)) throw error;
    const reason = error instanceof GpuDevError ? error.sentence : messageOf(error);
    return [sentence("{0}. {1}", what, reason)];
  }
}

async function endMachines(run: Run, spec: LaunchSpec | undefined): Promise<void> {
  const known = run.steps.get(STEP.instanceId);
  // First, whatever the search says: it costs money.
  if (known !== undefined) await terminate(run, known);
  const isOpen = known === undefined && (run.steps.get(STEP.zone) ?? "") !== "";
  const zones = known === undefined ? (spec?.zones ?? []) : [];
  const found = await untilListed(run, isOpen, () => findInstanceIds(run, zones));
  const others = found.filter((id) => id !== known);
  for (const id of others) await terminate(run, id);
  for (const id of known === undefined ? others : [known, ...others]) await untilEnded(run, id);
}

/** Where a request was sent whose answer nobody has, its effect may show only after a while. */
async function untilListed(
  { clock, wait, signal, report }: Run,
  isOpen: boolean,
  find: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const since = clock();
  if (isOpen) report(sentence("Making sure that nothing was started after all."));
  for (;;) {
    const found = await find();
    if (found.length > 0 || !isOpen || clock() - since > LIST_LAG_MS) return found;
    await wait(LOOK_AGAIN_MS, signal);
  }
}

async function terminate({ clients, signal, wait, clock, report }: Run, instanceId: string): Promise<void> {
  const { TerminateInstancesCommand } = await import("../sdk/ec2.ts");
  report(sentence("Deleting the machine {0}.", instanceId));
  const command = new TerminateInstancesCommand({ InstanceIds: [instanceId] });
  const failure = sentence("The machine {0} could not be deleted and may cost money", instanceId);
  const since = clock();
  for (;;) {
    const answer = await insist(wait, signal, () =>
      unlessRefused(["InvalidInstanceID.NotFound"], () => clients.send(clients.ec2, command, { failure }, signal)),
    );
    // One that AWS does not know is gone, or so young that AWS does not know it yet.
    if (answer || clock() - since > LIST_LAG_MS) return;
    await wait(LOOK_AGAIN_MS, signal);
  }
}

async function untilEnded(run: Run, instanceId: string): Promise<void> {
  const { clock, wait, signal } = run;
  const since = clock();
  for (;;) {
    if (await ifAnswered(() => isEnded(run, instanceId))) return;
    if (clock() - since > END_DEADLINE_MS) {
      const late = sentence("AWS has not ended {0} within {1} min.", instanceId, END_DEADLINE_MS / 60_000);
      throw new GpuDevError("timeout", late);
    }
    await wait(LOOK_AGAIN_MS, signal);
  }
}

async function isEnded(run: Run, instanceId: string): Promise<boolean> {
  const [instance] = await instances(run, [{ Name: "instance-id", Values: [instanceId] }]);
  return !instance || instance.State?.Name === "terminated";
}

async function deleteGroups(run: Run): Promise<void> {
  const known = run.steps.get(STEP.groupId);
  const isOpen = known === undefined && run.steps.get(STEP.groupName) !== undefined;
  const found = await untilListed(run, isOpen, () => findGroupIds(run));
  const ids = new Set([...(known === undefined ? [] : [known]), ...found]);
  for (const id of ids) await deleteGroup(run, id);
}

/** A machine that ended a moment ago may hold its group a little longer. */
async function deleteGroup({ clients, signal, wait, clock }: Run, groupId: string): Promise<void> {
  const { DeleteSecurityGroupCommand } = await import("../sdk/ec2.ts");
  const command = new DeleteSecurityGroupCommand({ GroupId: groupId });
  const failure = sentence("The security group {0} could not be deleted", groupId);
  const since = clock();
  for (;;) {
    try {
      await insist(wait, signal, () =>
        unlessRefused(["InvalidGroup.NotFound"], () => clients.send(clients.ec2, command, { failure }, signal)),
      );
      return;
    } catch (error) {
      const isHeld = error instanceof GpuDevError && error.code === "conflict";
      if (!isHeld || clock() - since > LIST_LAG_MS) throw error;
      await wait(LOOK_AGAIN_MS, signal);
    }
  }
}

/** Deleting a key pair that is not there is no failure of AWS, so that the name of the operation is enough. */
async function deleteKeys(run: Run): Promise<void> {
  const { keys, steps, operationId } = run;
  const own = resourceName(operationId);
  const listed = await findKeyNames(run);
  const isBegun = steps.get(STEP.keyName) !== undefined || listed.includes(own);
  for (const name of new Set([...(isBegun ? [own] : []), ...listed])) await deleteKey(run, name);
  if (isBegun) await keys.remove(own);
}

/** A later machine may have been made with the same key: whoever reaches it would be locked out. */
async function deleteKey(run: Run, name: string): Promise<void> {
  const { clients, signal, wait } = run;
  const users = await instances(run, [{ Name: "key-name", Values: [name] }]);
  const user = users.find(({ State }) => State?.Name !== "terminated")?.InstanceId;
  if (user !== undefined) throw new GpuDevError("conflict", sentence("Another machine uses it: {0}.", user));
  const { DeleteKeyPairCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The key pair {0} could not be deleted", name);
  const command = new DeleteKeyPairCommand({ KeyName: name });
  await insist(wait, signal, () =>
    unlessRefused(["InvalidKeyPair.NotFound"], () => clients.send(clients.ec2, command, { failure }, signal)),
  );
}
