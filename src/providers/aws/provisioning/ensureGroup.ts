import { GpuDevError } from "../../../core/error.ts";
import { sentence } from "../../../core/sentence.ts";
import { findGroupIds } from "./findRemains.ts";
import { insist, unlessRefused } from "./insist.ts";
import { tagList } from "./launchRequest.ts";
import { isGroupId } from "./names.ts";
import { STEP, type LaunchRun } from "./run.ts";

/** Makes sure that there is the security group of a launch, open to SSH from one address. Resolves with its id. */
export async function ensureGroup(run: LaunchRun): Promise<string> {
  const { steps, spec } = run;
  await steps.put(STEP.groupName, spec.groupName);
  const id = steps.get(STEP.groupId) ?? (await createGroup(run));
  await steps.put(STEP.groupId, id);
  if (steps.get(STEP.groupReady) === undefined) {
    await letSshIn(run, id);
    await steps.put(STEP.groupReady, id);
  }
  return id;
}

async function createGroup(run: LaunchRun): Promise<string> {
  const { clients, spec, signal, wait } = run;
  const { CreateSecurityGroupCommand } = await import("../sdk/ec2.ts");
  const command = new CreateSecurityGroupCommand({
    GroupName: spec.groupName,
    ...(spec.network ? { VpcId: spec.network.vpcId } : {}),
    Description: "SSH from one address, for a machine of GPU Dev Environments",
    TagSpecifications: [{ ResourceType: "security-group", Tags: tagList(spec.tags) }],
  });
  const failure = sentence("The security group of the machine could not be made");
  return insist(wait, signal, async () => {
    // A name is taken where an earlier answer was lost; the name is the operation's own.
    const made = await unlessRefused(["InvalidGroup.Duplicate"], () =>
      clients.send(clients.ec2, command, { failure }, signal),
    );
    const id = made?.GroupId ?? (await findGroupIds(run))[0];
    if (isGroupId(id)) return id;
    throw new GpuDevError(
      "unreadable-answer",
      sentence("{0}. AWS says that it exists, but does not list it.", failure),
    );
  });
}

async function letSshIn({ clients, spec, signal, wait }: LaunchRun, groupId: string): Promise<void> {
  const { AuthorizeSecurityGroupIngressCommand } = await import("../sdk/ec2.ts");
  const range = { CidrIp: spec.sshFrom, Description: "SSH" };
  const command = new AuthorizeSecurityGroupIngressCommand({
    GroupId: groupId,
    IpPermissions: [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [range] }],
  });
  const failure = sentence("SSH could not be let in to the machine");
  await insist(wait, signal, () =>
    unlessRefused(["InvalidPermission.Duplicate"], () => clients.send(clients.ec2, command, { failure }, signal)),
  );
}
