import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startAwsEmulator, type AwsEmulator } from "../emulators/aws/emulator.ts";
import { DEFAULT_ACCOUNT, type Durations, type MachineHost } from "../emulators/aws/options.ts";
import type { SandboxHome } from "./home.ts";
import { createInstanceHost, type InstanceHost } from "./instances.ts";
import { installSessionManager, type SessionManager, type SessionTargets } from "./sessionManager.ts";
import { freePort } from "./sshd.ts";

/** An AWS account to play with: its machines are real sshd boxes, and nothing of it costs money. */
export interface SandboxCloud {
  readonly emulator: AwsEmulator;
  readonly instances: InstanceHost;
  /** The programs with which machines without a public address are reached. */
  readonly sessions: SessionManager;
  /** The private key that is in the user's own SSH configuration. */
  readonly userKeyFile: string;
  /** What VS Code must be told of it. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Machines of colleagues, in the states that a person meets first. */
export function seedMachines({ emulator }: SandboxCloud): void {
  const stopped = (instanceType: string, Name: string, more = {}): void =>
    void emulator.addInstance({ instanceType, state: "stopped", tags: { Name }, ...more });
  stopped("p5.48xlarge", "llm-pretrain", { rootSizeGiB: 500 });
  stopped("g5.xlarge", "notebook-ana");
  stopped("g6.xlarge", "render", { spot: { persistent: true } });
}

/** Long enough to be seen, short enough to be waited for. */
const DURATIONS: Partial<Durations> = {
  pendingMs: 3_000,
  stoppingMs: 3_000,
  hibernatingMs: 4_000,
  shuttingDownMs: 3_000,
  checksMs: 2_000,
  hibernationReadyMs: 1_000,
  consoleLagMs: 500,
};
const PROFILE = "sandbox";
/** Of the network in which each instance gets an address of its own, all at one port. */
const FIRST_ADDRESS = "127.0.1.1";
export const SANDBOX_REGION = "us-east-1";

/** Starts the cloud and writes the profile by which the AWS SDK finds it into the home folder. */
export async function startCloud(directory: string, home: SandboxHome, userKeyFile: string): Promise<SandboxCloud> {
  const instances = await createInstanceHost(path.join(directory, "instances"), await freePort([FIRST_ADDRESS]));
  const sessions = await installSessionManager(path.join(directory, "sessions"));
  const machines = withSessions(instances, sessions);
  const emulator = await startAwsEmulator({ clock: "real", durations: DURATIONS, machines });
  await writeProfile(home.directory);
  await extendPath(home.directory, sessions.bin);
  const ssh = { user: os.userInfo().username, port: instances.port };
  return {
    emulator,
    instances,
    sessions,
    userKeyFile,
    settings: { "gpuDev.aws.accounts": [{ profile: PROFILE, regions: [SANDBOX_REGION], ssh }] },
    // The SDK reads `endpoint_url` of the profile that AWS_PROFILE names only, and we name ours to each client.
    environment: { AWS_ENDPOINT_URL: emulator.endpoint, AWS_EC2_METADATA_DISABLED: "true" },
    stop: async () => {
      await emulator.stop();
      await instances.stopAll();
    },
  };
}

/** Each machine that runs can be reached by a session as well, whatever address it has. */
function withSessions(instances: InstanceHost, sessions: SessionManager): MachineHost {
  const targets = new Map<string, SessionTargets[string]>();
  const tell = (): Promise<void> => sessions.setTargets(Object.fromEntries(targets));
  return {
    ...instances,
    start: async (request) => {
      const addresses = await instances.start(request);
      targets.set(request.id, { address: addresses.privateIp, region: SANDBOX_REGION, profile: PROFILE });
      await tell();
      return addresses;
    },
    stop: async (instanceId) => {
      targets.delete(instanceId);
      await tell();
      await instances.stop(instanceId);
    },
  };
}

/** VS Code takes the PATH of a login shell, which may begin anew, so that it is there that a person extends it. */
async function extendPath(home: string, folder: string): Promise<void> {
  for (const name of [".profile", ".zprofile"]) await writeFile(path.join(home, name), `PATH='${folder}':$PATH\n`);
}

async function writeProfile(home: string): Promise<void> {
  const folder = path.join(home, ".aws");
  await mkdir(folder, { recursive: true });
  const config = [`[profile ${PROFILE}]`, `region = ${SANDBOX_REGION}`, ""];
  const credentials = [
    `[${PROFILE}]`,
    `aws_access_key_id = ${DEFAULT_ACCOUNT.accessKeyId}`,
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "",
  ];
  await writeFile(path.join(folder, "config"), config.join("\n"));
  await writeFile(path.join(folder, "credentials"), credentials.join("\n"), { mode: 0o600 });
}
