import type { Filter } from "@aws-sdk/client-ec2";
import type { Environment } from "../../core/environment.ts";
import { GpuDevError } from "../../core/error.ts";
import type { OperationContext } from "../../core/provider.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import { awsCodeOf } from "./answer.ts";
import type { AwsClients } from "./client.ts";
import { OPERATION_TAG } from "./instances.ts";
import { instancesOf } from "./listing.ts";
import { isTerminated } from "./instanceState.ts";
import type { OperationParts } from "./operations.ts";
import { formOf, listOf, recordOf, textOf } from "./untrusted.ts";

/** What was made together with a machine: found by the tag of the operation that made them. */
interface Companion {
  /** As it is told: "the security group sg-1". */
  readonly title: Sentence;
  readonly isUsed: (signal: AbortSignal) => Promise<boolean>;
  readonly remove: (signal: AbortSignal) => Promise<void>;
}

/** A group is still held by the network interface of the machine for some seconds. */
const ATTEMPTS = 6;
const INTERVAL_MS = 5000;

/**
 * Removes the security group and the key pair that were made for a machine, once it is gone and where nothing else uses
 * them. Resolves with what stays: it costs nothing, and the machine is deleted all the same.
 */
export async function sweep(
  environment: Environment,
  instanceId: string,
  { signal }: OperationContext,
  parts: OperationParts,
): Promise<readonly Sentence[]> {
  const operationId = environment.operationId;
  if (operationId === undefined) return [];
  const filters: Filter[] = [{ Name: `tag:${OPERATION_TAG}`, Values: [operationId] }];
  const left: Sentence[] = [];
  try {
    for (const companion of [
      ...(await groupsOf(filters, instanceId, signal, parts.clients)),
      ...(await keysOf(filters, instanceId, signal, parts)),
    ]) {
      const reason = await removed(companion, signal, parts);
      if (reason) left.push(sentence("{0} ({1})", companion.title, reason));
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GpuDevError)) throw error;
    parts.log(`What was made with ${instanceId} could not be looked for: ${error.message}`);
    left.push(sentence("what was made with it, if anything ({0})", error.sentence));
  }
  return left;
}

/** Undefined once it is gone, else why it stays. */
async function removed(
  { isUsed, remove }: Companion,
  signal: AbortSignal,
  { wait, log }: OperationParts,
): Promise<Sentence | undefined> {
  if (await isUsed(signal)) return sentence("another machine uses it");
  for (let attempt = 1; ; attempt += 1) {
    try {
      await remove(signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GpuDevError)) throw error;
      if (error.code === "not-found") return undefined;
      if (awsCodeOf(error) !== "DependencyViolation" || attempt === ATTEMPTS) {
        log(error.message);
        return error.sentence;
      }
      await wait(INTERVAL_MS, signal);
    }
  }
}

async function groupsOf(
  filters: Filter[],
  instanceId: string,
  signal: AbortSignal,
  clients: AwsClients,
): Promise<readonly Companion[]> {
  const { DescribeSecurityGroupsCommand, DeleteSecurityGroupCommand } = await import("./sdk/ec2.ts");
  const failure = sentence("The security groups made with {0} could not be read", instanceId);
  const command = new DescribeSecurityGroupsCommand({ Filters: filters });
  const answer = await clients.send(clients.ec2, command, { failure }, signal);
  return listOf(answer.SecurityGroups).flatMap((raw) => {
    const id = formOf(recordOf(raw)["GroupId"], /^sg-[0-9a-zA-Z]{1,32}$/);
    if (id === undefined) return [];
    const title = sentence("the security group {0}", id);
    return [
      {
        title,
        isUsed: (own) => isUsedBy({ Name: "instance.group-id", Values: [id] }, instanceId, own, clients),
        remove: async (own) => {
          const purpose = { failure: sentence("{0} could not be deleted", title) };
          await clients.send(clients.ec2, new DeleteSecurityGroupCommand({ GroupId: id }), purpose, own);
        },
      },
    ];
  });
}

async function keysOf(
  filters: Filter[],
  instanceId: string,
  signal: AbortSignal,
  { clients, forgetKey }: OperationParts,
): Promise<readonly Companion[]> {
  const { DescribeKeyPairsCommand, DeleteKeyPairCommand } = await import("./sdk/ec2.ts");
  const failure = sentence("The key pairs made with {0} could not be read", instanceId);
  const answer = await clients.send(
    clients.ec2,
    new DescribeKeyPairsCommand({ Filters: filters }),
    { failure },
    signal,
  );
  return listOf(answer.KeyPairs).flatMap((raw) => {
    const { KeyPairId: pairId, KeyName: keyName } = recordOf(raw);
    const id = formOf(pairId, /^key-[0-9a-zA-Z]{1,32}$/);
    const name = textOf(keyName);
    if (id === undefined || name === undefined) return [];
    const title = sentence("the key pair {0}", name);
    return [
      {
        title,
        isUsed: (own) => isUsedBy({ Name: "key-name", Values: [name] }, instanceId, own, clients),
        remove: async (own) => {
          const purpose = { failure: sentence("{0} could not be deleted", title) };
          await clients.send(clients.ec2, new DeleteKeyPairCommand({ KeyPairId: id }), purpose, own);
          await forgetKey(name);
        },
      },
    ];
  });
}

async function isUsedBy(filter: Filter, besides: string, signal: AbortSignal, clients: AwsClients): Promise<boolean> {
  const { DescribeInstancesCommand } = await import("./sdk/ec2.ts");
  const failure = sentence("What else uses it could not be read");
  const answer = await clients.send(
    clients.ec2,
    new DescribeInstancesCommand({ Filters: [filter] }),
    { failure },
    signal,
  );
  return instancesOf(answer).some((instance) => instance.id !== besides && !isTerminated(instance));
}
