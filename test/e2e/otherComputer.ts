import { randomUUID } from "node:crypto";
import { CreateSecurityGroupCommand, EC2Client, ImportKeyPairCommand, type ResourceType } from "@aws-sdk/client-ec2";
import { DEFAULT_ACCOUNT } from "../emulators/aws/options.ts";
import type { SandboxCloud } from "../sandbox/cloud.ts";
import { SANDBOX_REGION } from "../sandbox/cloud.ts";

export interface Left {
  readonly operationId: string;
  readonly groupId: string;
  readonly keyName: string;
}

export interface LeaveOptions {
  /** Default: whose account the sandbox has. */
  readonly owner?: string;
  readonly ageMs: number;
}

const PUBLIC_KEY = `ssh-ed25519 ${Buffer.concat([
  Buffer.from("0000000b7373682d6564323535313900000020", "hex"),
  Buffer.alloc(32, 7),
]).toString("base64")}`;

/** What a provisioning on another computer had made when that one died: a key pair and a group, and no machine yet. */
export async function leaveBehind({ emulator }: SandboxCloud, { owner, ageMs }: LeaveOptions): Promise<Left> {
  const { accessKeyId, userName } = DEFAULT_ACCOUNT;
  const credentials = { accessKeyId, secretAccessKey: "secret" };
  const client = new EC2Client({ endpoint: emulator.endpoint, region: SANDBOX_REGION, credentials });
  const operationId = randomUUID();
  const name = `gpu-dev-${operationId}`;
  const tags = {
    "gpu-dev:owner": owner ?? userName,
    "gpu-dev:operation": operationId,
    "gpu-dev:extension": "gpu-dev-environments",
    "gpu-dev:created-at": new Date(Date.now() - ageMs).toISOString(),
  };
  const tagged = (type: ResourceType) => [
    { ResourceType: type, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
  ];
  try {
    const key = { KeyName: name, PublicKeyMaterial: Buffer.from(PUBLIC_KEY), TagSpecifications: tagged("key-pair") };
    await client.send(new ImportKeyPairCommand(key));
    const group = { GroupName: name, Description: "SSH", TagSpecifications: tagged("security-group") };
    const { GroupId: groupId = "" } = await client.send(new CreateSecurityGroupCommand(group));
    return { operationId, groupId, keyName: name };
  } finally {
    client.destroy();
  }
}
