import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { EC2Client, ImportKeyPairCommand, StartInstancesCommand } from "@aws-sdk/client-ec2";
import type { InstanceSeed } from "../emulators/aws/emulator.ts";
import { DEFAULT_ACCOUNT } from "../emulators/aws/options.ts";
import { SANDBOX_REGION, type SandboxCloud } from "./cloud.ts";

type Cloud = Pick<SandboxCloud, "emulator" | "userKeyFile">;

/** A machine of a colleague, opened by the user's own key. It is started here, and its id given before it runs. */
export async function startColleaguesMachine(
  { emulator, userKeyFile }: Cloud,
  name: string,
  seed: InstanceSeed = {},
): Promise<string> {
  const credentials = { accessKeyId: DEFAULT_ACCOUNT.accessKeyId, secretAccessKey: "secret" };
  const client = new EC2Client({ endpoint: emulator.endpoint, region: SANDBOX_REGION, credentials });
  const keyName = `colleague-${randomUUID()}`;
  try {
    const PublicKeyMaterial = await readFile(`${userKeyFile}.pub`);
    await client.send(new ImportKeyPairCommand({ KeyName: keyName, PublicKeyMaterial }));
    const usual = { instanceType: "g6.xlarge", state: "stopped", keyName, tags: { Name: name } } as const;
    const id = emulator.addInstance({ ...usual, ...seed });
    await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    return id;
  } finally {
    client.destroy();
  }
}

/**
 * The same without a public address: the way to it is a session of Systems Manager, which does not know a machine that
 * lacks its role.
 */
export function startPrivateMachine(cloud: Cloud, name: string, hasRole = true): Promise<string> {
  const role = hasRole ? { instanceProfile: "SessionManager" } : {};
  return startColleaguesMachine(cloud, name, { reachable: false, ...role });
}
