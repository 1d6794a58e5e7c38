import type { Clock } from "../../core/clock.ts";
import { GpuDevError, messageOf, type ErrorCode } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import { clockAheadMs } from "./awsTime.ts";
import type { AwsClients } from "./client.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import { AWS_PROGRAM } from "./ssmSession.ts";
import { listOf, recordOf, textOf } from "./untrusted.ts";

export interface SsmPreflightSources {
  readonly clients: AwsClients;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Whether a program of this name is on the PATH of this machine. */
  readonly hasProgram: (name: string) => Promise<boolean>;
}

/**
 * Resolves when everything is in place for an SSH session through Systems Manager, as far as can be seen from here.
 * Rejects with "missing-tool", "permission", "configuration" or, where time may mend it, "unreachable"; names all that is
 * missing, each with its fix.
 */
export type SsmPreflight = (instance: Ec2Instance, name: string, signal: AbortSignal) => Promise<void>;

/** `aws` starts it for the bytes of a session. */
const PLUGIN = "session-manager-plugin";
/** https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html */
const OLDEST_AGENT = [2, 3, 672, 0] as const;
/** For so long what was in place is taken to be so; what was missing is looked for again at the next call. */
const KEPT_MS = 60_000;
/** For so long after its start a machine's agent may still report for the first time. */
const AGENT_START_MS = 5 * 60_000;

export function createSsmPreflight(sources: SsmPreflightSources): SsmPreflight {
  const { clock } = sources;
  const passedAt = new Map<string, number>();
  return async (instance, name, signal) => {
    const age = clock() - (passedAt.get(instance.id) ?? -Infinity);
    if (age >= 0 && age < KEPT_MS) return;
    passedAt.delete(instance.id);
    const missingHere = await missingPrograms(sources);
    const missing = [...missingHere, ...(await missingThere(instance, missingHere, sources, signal))];
    if (missing.length > 0) throw notReady(missing, name);
    passedAt.set(instance.id, clock());
  };
}

type MissingCode = Extract<ErrorCode, "missing-tool" | "permission" | "configuration" | "unreachable">;

interface Missing {
  readonly code: MissingCode;
  /** What is missing and what to do about it, with a full stop. */
  readonly fix: Sentence;
}

async function missingPrograms({ hasProgram }: SsmPreflightSources): Promise<readonly Missing[]> {
  const programs = [
    [
      AWS_PROGRAM,
      sentence(
        "The program aws is not on the PATH: install the AWS CLI ({0}).",
        "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
      ),
    ],
    [
      PLUGIN,
      sentence(
        "The program session-manager-plugin is not on the PATH: install it ({0}).",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html",
      ),
    ],
  ] as const;
  const found = await Promise.all(programs.map(([name]) => hasProgram(name)));
  return programs.flatMap(([, fix], index) => (found[index] === true ? [] : [{ code: "missing-tool", fix }]));
}

/**
 * What the instance lacks. Whoever may start sessions need not be allowed to ask about them: an answer that AWS refuses
 * is told only beside something that is known to be missing.
 */
async function missingThere(
  instance: Ec2Instance,
  missingHere: readonly Missing[],
  sources: SsmPreflightSources,
  signal: AbortSignal,
): Promise<readonly Missing[]> {
  try {
    const agent = await readAgent(instance.id, sources.clients, signal);
    const now = sources.clock() - (await clockAheadMs(sources.clients, sources.clock));
    return missingOf(instance, agent, { region: sources.clients.scope.region, now });
  } catch (error) {
    if (!(error instanceof GpuDevError)) throw error;
    if (missingHere.length > 0) return [{ code: "configuration", fix: error.sentence }];
    if (error.code !== "permission") throw error;
    sources.log(`The session goes on without a look at its agent: ${messageOf(error)}`);
    return [];
  }
}

/** The SSM Agent of an instance as Systems Manager knows it; texts are the instance's. */
interface Agent {
  readonly ping: string;
  readonly version: string;
}

async function readAgent(id: string, clients: AwsClients, signal: AbortSignal): Promise<Agent | undefined> {
  const { DescribeInstanceInformationCommand } = await import("./sdk/ssm.ts");
  const command = new DescribeInstanceInformationCommand({ Filters: [{ Key: "InstanceIds", Values: [id] }] });
  const failure = sentence("Whether Systems Manager reaches {0} could not be read", id);
  const answer = await clients.send(clients.ssm, command, { failure }, signal);
  const raw = listOf(answer.InstanceInformationList)
    .map(recordOf)
    .find(({ InstanceId }) => InstanceId === id);
  return raw && { ping: textOf(raw["PingStatus"], 64) ?? "", version: textOf(raw["AgentVersion"], 64) ?? "" };
}

/** `now` is by AWS's clock. A role is missed only where no agent reports: the account may give its machines one without a profile. */
function missingOf(
  instance: Ec2Instance,
  agent: Agent | undefined,
  { region, now }: { readonly region: string; readonly now: number },
): readonly Missing[] {
  const isOnline = agent?.ping === "Online";
  const role = isOnline || instance.profileArn !== undefined ? [] : [noRole()];
  if (!agent) {
    const isYoung = instance.launchedAt !== undefined && now - instance.launchedAt < AGENT_START_MS;
    return [...role, noAgent(region, isYoung ? "unreachable" : "configuration")];
  }
  return [...role, ...(isOnline ? [] : [silentAgent(agent)]), ...(isTooOld(agent.version) ? [oldAgent(agent)] : [])];
}

function noRole(): Missing {
  const fix = sentence(
    "The instance has no IAM role: attach an instance profile with the policy AmazonSSMManagedInstanceCore.",
  );
  return { code: "permission", fix };
}

function noAgent(region: string, code: MissingCode): Missing {
  const fix = sentence(
    "Its SSM Agent has not reported to AWS: check that it is installed and runs, that its role has the policy AmazonSSMManagedInstanceCore, and that it reaches the services ssm and ssmmessages of {0}, through NAT or VPC endpoints. After a start it takes a minute.",
    region,
  );
  return { code, fix };
}

function silentAgent({ ping }: Agent): Missing {
  const fix = sentence(
    "Its SSM Agent does not answer (AWS reports {0}): start it, or restart the instance, and check its way to Systems Manager.",
    plainText(ping || "?", 64),
  );
  return { code: "unreachable", fix };
}

function oldAgent({ version }: Agent): Missing {
  const fix = sentence(
    "Its SSM Agent {0} is too old for SSH: update it to {1} or later, with the document AWS-UpdateSSMAgent.",
    plainText(version, 64),
    OLDEST_AGENT.join("."),
  );
  return { code: "configuration", fix };
}

/** A version of another form than AWS's says nothing about its age. */
function isTooOld(version: string): boolean {
  if (!/^\d{1,6}(\.\d{1,6}){1,3}$/.test(version)) return false;
  const parts = version.split(".").map(Number);
  for (const [index, oldest] of OLDEST_AGENT.entries()) {
    const part = parts[index] ?? 0;
    if (part !== oldest) return part < oldest;
  }
  return false;
}

/** What a program on this machine mends comes first. */
const BY_WEIGHT: readonly MissingCode[] = ["missing-tool", "permission", "configuration", "unreachable"];

function notReady(missing: readonly Missing[], name: string): GpuDevError {
  const code = BY_WEIGHT.find((candidate) => missing.some((each) => each.code === candidate)) ?? "configuration";
  const fixes = missing.map(({ fix }) => fix).reduce((all, fix) => sentence("{0} {1}", all, fix));
  const words = sentence(
    '{0} has no public address, and a session of Systems Manager cannot reach it yet. {1} Or, with a VPN or the like, set "address": "private" in gpuDev.aws.accounts.',
    plainText(name, 100),
    fixes,
  );
  return new GpuDevError(code, words);
}
