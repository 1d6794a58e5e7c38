import { EC2Client, type EC2ClientConfig, type Instance, type Reservation } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach } from "vitest";
import { startAwsEmulator, type AwsEmulator, type AwsEmulatorOptions } from "../../../emulators/aws/emulator.ts";
import { DEFAULT_ACCOUNT } from "../../../emulators/aws/options.ts";

/** What every client of these tests has: the real SDK is the judge of what the emulator answers. */
export function clientConfig(endpoint: string) {
  const { accessKeyId } = DEFAULT_ACCOUNT;
  return {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey: "secret" },
    maxAttempts: 1,
  } as const satisfies EC2ClientConfig;
}

export function ec2Client(endpoint: string, config: EC2ClientConfig = {}): EC2Client {
  return new EC2Client({ ...clientConfig(endpoint), ...config });
}

/** An emulator and a client of its own for each test. */
export interface Setup {
  readonly aws: AwsEmulator;
  readonly ec2: EC2Client;
}

export function setUp(options: AwsEmulatorOptions = {}): () => Setup {
  let current: Setup | undefined;
  beforeEach(async () => {
    const aws = await startAwsEmulator(options);
    current = { aws, ec2: ec2Client(aws.endpoint) };
  });
  afterEach(async () => {
    current?.ec2.destroy();
    await current?.aws.stop();
  });
  return () => {
    if (!current) throw new Error("There is an emulator within a test only.");
    return current;
  };
}

/** The name of the error that a call ends with. */
export async function errorName(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "no error";
  } catch (error) {
    return error instanceof Error ? error.name : "not an error";
  }
}

export function instancesOf(reservations: readonly Reservation[] = []): readonly Instance[] {
  return reservations.flatMap(({ Instances = [] }) => Instances);
}

export function only<Item>(items: readonly Item[] | undefined): Item {
  const [first, ...others] = items ?? [];
  if (first === undefined || others.length > 0) throw new Error(`There are ${items?.length ?? 0}, not one.`);
  return first;
}
