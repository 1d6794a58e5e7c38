import { sentence } from "../../../core/sentence.ts";
import type { AwsClients } from "../client.ts";
import { EXTENSION_NAME, TAG } from "./operationNames.ts";

/** The names of the key pairs that were made here, as far as they have the form of ours. */
export async function readKeyPairs(clients: AwsClients, signal: AbortSignal): Promise<readonly string[]> {
  const { DescribeKeyPairsCommand } = await import("@aws-sdk/client-ec2");
  const failure = sentence("The key pairs of {0} could not be read", clients.scope.region);
  const command = new DescribeKeyPairsCommand({
    Filters: [{ Name: `tag:${TAG.extension}`, Values: [EXTENSION_NAME] }],
  });
  const { KeyPairs = [] } = await clients.send(clients.ec2, command, { failure }, signal);
  return KeyPairs.flatMap(({ KeyName }) => (KeyName !== undefined && OURS.test(KeyName) ? [KeyName] : []));
}

const OURS = /^gpu-dev-[a-z0-9-]{8,64}$/;
