import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startAwsEmulator, type AwsEmulator } from "../emulators/aws/emulator.ts";
import { DEFAULT_ACCOUNT, type Durations } from "../emulators/aws/options.ts";
import type { SandboxHome } from "./home.ts";
import { createInstanceHost, type InstanceHost } from "./instances.ts";
import { freePort } from "./sshd.ts";

/** An AWS account to play with: its machines are real sshd boxes, and nothing of it costs money. */
export interface SandboxCloud {
  readonly emulator: AwsEmulator;
  readonly instances: InstanceHost;
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
export async function startCloud(directory: string, home: SandboxHome): Promise<SandboxCloud> {
  const instances = await createInstanceHost(path.join(directory, "instances"), await freePort([FIRST_ADDRESS]));
  const emulator = await startAwsEmulator({ clock: "real", durations: DURATIONS, machines: instances });
  await writeProfile(home.directory);
  const ssh = { user: os.userInfo().username, port: instances.port };
  return {
    emulator,
    instances,
    settings: { "gpuDev.aws.accounts": [{ profile: PROFILE, regions: [SANDBOX_REGION], ssh }] },
    // The SDK reads `endpoint_url` of the profile that AWS_PROFILE names only, and we name ours to each client.
    environment: { AWS_ENDPOINT_URL: emulator.endpoint, AWS_EC2_METADATA_DISABLED: "true" },
    stop: async () => {
      await emulator.stop();
      await instances.stopAll();
    },
  };
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
