import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { EC2Client, ImportKeyPairCommand, StartInstancesCommand } from "@aws-sdk/client-ec2";
import { DEFAULT_ACCOUNT } from "../emulators/aws/options.ts";
import { SANDBOX_REGION, type SandboxCloud } from "./cloud.ts";

export interface PrivateMachineOptions {
  readonly name: string;
  /** False: it has no IAM role, so that Systems Manager does not know it. */
  readonly hasRole?: boolean;
}

/**
 * A machine of a colleague without a public address, opened by the user's own key: the way to it is a session of
 * Systems Manager. It is started here, and its id given before it runs.
 */
export async function startPrivateMachine(
  { emulator, userKeyFile }: Pick<SandboxCloud, "emulator" | "userKeyFile">,
  { name, hasRole = true }: PrivateMachineOptions,
): Promise<string> {
  const credentials = { accessKeyId: DEFAULT_ACCOUNT.accessKeyId, secretAccessKey: "secret" };
  const client = new EC2Client({ endpoint: emulator.endpoint, region: SANDBOX_REGION, credentials });
  const keyName = `colleague-${randomUUID()}`;
  try {
    const PublicKeyMaterial = await readFile(`${userKeyFile}.pub`);
    await client.send(new ImportKeyPairCommand({ KeyName: keyName, PublicKeyMaterial }));
    const id = emulator.addInstance({
      ...{ instanceType: "g6.xlarge", state: "stopped", reachable: false, keyName, tags: { Name: name } },
      ...(hasRole ? { instanceProfile: "SessionManager" } : {}),
    });
    await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    return id;
  } finally {
    client.destroy();
  }
}
