import { sentence } from "../../core/sentence.ts";
import { awsCodeOf } from "./answer.ts";
import type { AwsClients } from "./client.ts";
import { parseConsoleHostKeys } from "./hostKeys.ts";
import { textOf } from "./untrusted.ts";

/** Base64 of the 64 KiB that EC2 keeps, with room. */
const MOST_CHARACTERS = 512 * 1024;

/**
 * The host keys that a machine's console shows, as known_hosts has them. Empty where it shows none, as for some minutes
 * after the first start.
 */
export async function readHostKeys(
  clients: AwsClients,
  instanceId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { GetConsoleOutputCommand } = await import("./sdk/ec2.ts");
  const failure = sentence("The console of {0} could not be read", instanceId);
  const ask = (latest: boolean) => {
    const command = new GetConsoleOutputCommand({ InstanceId: instanceId, ...(latest ? { Latest: true } : {}) });
    return clients.send(clients.ec2, command, { failure }, signal);
  };
  const answer = await ask(true).catch((error: unknown) => {
    // Machines before Nitro tell what they showed some minutes ago only.
    if (awsCodeOf(error) === "UnsupportedOperation") return ask(false);
    throw error;
  });
  const output = textOf(answer.Output, MOST_CHARACTERS) ?? "";
  return parseConsoleHostKeys(Buffer.from(output, "base64").toString("utf8")).keys;
}
