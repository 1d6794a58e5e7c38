import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { inEnglish, type Sentence } from "../../../../../src/core/sentence.ts";
import type { Answers, Question } from "../../../../../src/core/provisioning.ts";
import type { OperationContext, Steps } from "../../../../../src/core/provider.ts";
import { createAwsClients, type AwsClients } from "../../../../../src/providers/aws/client.ts";
import { createEc2Provider } from "../../../../../src/providers/aws/ec2Provider.ts";
import { AwsPriceBook } from "../../../../../src/providers/aws/prices/awsPriceBook.ts";
import { createPriceSources } from "../../../../../src/providers/aws/prices/priceSources.ts";
import type { KeyStore, ProvisioningDependencies } from "../../../../../src/providers/aws/provisioning/dependencies.ts";
import {
  createEc2Provisioning,
  type Ec2Provisioning,
} from "../../../../../src/providers/aws/provisioning/ec2Provisioning.ts";
import { startAwsEmulator, type AwsEmulator, type RegionView } from "../../../../emulators/aws/emulator.ts";
import { DEFAULT_ACCOUNT } from "../../../../emulators/aws/options.ts";

export const ADDRESS = "203.0.113.7";

/** A region of an emulated AWS, with what provisioning takes. */
export interface Region {
  readonly aws: AwsEmulator;
  readonly clients: AwsClients;
  readonly keys: MemoryKeys;
  readonly prices: AwsPriceBook;
  readonly log: readonly string[];
  readonly view: RegionView;
  /** As after a reload: nothing is kept in memory. */
  readonly open: (changes?: Partial<ProvisioningDependencies>) => Ec2Provisioning;
}

/** Keys of this process: files are what another part of the extension writes. */
export class MemoryKeys implements KeyStore {
  readonly files = new Map<string, string>();
  own: readonly { readonly file: string; readonly publicKey: string }[] = [];

  save(name: string, privateKey: string): Promise<string> {
    this.files.set(name, privateKey);
    return Promise.resolve(`/keys/${name}`);
  }
  file(name: string): Promise<string | undefined> {
    return Promise.resolve(this.files.has(name) ? `/keys/${name}` : undefined);
  }
  remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }
  publicKeys() {
    return Promise.resolve(this.own);
  }
}

/** An emulated region of its own for each test. Its time moves while somebody waits. */
export function eachInRegion(): () => Region {
  let current: Region | undefined;
  let folder: string;
  beforeEach(async () => {
    const aws = await startAwsEmulator({});
    folder = await mkdtemp(path.join(tmpdir(), "aws-"));
    vi.stubEnv("AWS_ENDPOINT_URL", aws.endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", DEFAULT_ACCOUNT.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv("AWS_CONFIG_FILE", path.join(folder, "config"));
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", path.join(folder, "credentials"));
    current = regionOf(aws, folder);
  });
  afterEach(async () => {
    current?.prices.dispose();
    current?.clients.dispose();
    await current?.aws.stop();
    await rm(folder, { recursive: true });
    vi.unstubAllEnvs();
  });
  return () => {
    if (!current) throw new Error("There is a region within a test only.");
    return current;
  };
}

function regionOf(aws: AwsEmulator, folder: string): Region {
  const log: string[] = [];
  const clock = (): number => aws.clock.now();
  const wait = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    await aws.clock.advance(milliseconds);
  };
  const note = (line: string): void => void log.push(line);
  const clients = createAwsClients(
    { profile: "default", region: "us-east-1", ssh: {} },
    { clock, wait, log: note, random: () => 0 },
  );
  const prices = new AwsPriceBook({
    region: "us-east-1",
    sources: createPriceSources(clients),
    file: path.join(folder, "prices.json"),
    overrides: () => ({}),
    clock,
    log: note,
  });
  const keys = new MemoryKeys();
  const open: Region["open"] = (changes = {}) => {
    let made: Ec2Provisioning | undefined;
    createEc2Provider({
      ...{ clients, prices, clock, wait, log: note, lifetime: never() },
      filter: () => ({ gpuOnly: true, mine: false }),
      keyFile: (name) => keys.file(name),
      forgetKey: (name) => keys.remove(name),
      provisioning: (readEnvironment) =>
        (made = createEc2Provisioning({
          ...{ clients, prices, keys, clock, wait, readEnvironment },
          callerAddress: () => Promise.resolve(ADDRESS),
          ...changes,
        })),
    });
    if (!made) throw new Error("The provider did not ask for provisioning.");
    return made;
  };
  return { aws, clients, keys, prices, log, view: aws.region("us-east-1"), open };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

/** A journal of one operation, and what it reports. */
export interface Journal extends Steps {
  readonly kept: Map<string, string>;
}

export function journal(kept = new Map<string, string>()): Journal {
  return {
    kept,
    get: (key) => kept.get(key),
    put: (key, value) => {
      kept.set(key, value);
      return Promise.resolve();
    },
  };
}

export function contextOf(steps: Steps, signal = never(), reported: string[] = []): OperationContext {
  return { signal, steps, report: (stage) => void reported.push(inEnglish(stage)) };
}

/** Answers until nothing is left to ask: with what is given, else with the first that is possible. */
export async function converse(provisioning: Ec2Provisioning, given: Answers): Promise<Answers> {
  let answers: Answers = {};
  for (;;) {
    const question = await provisioning.next(answers, never());
    if (!question) return answers;
    answers = { ...answers, [question.id]: given[question.id] ?? usual(question) };
  }
}

function usual(question: Question): string {
  if (question.kind === "text") return question.value;
  const possible = question.options.find(({ unavailable }) => unavailable === undefined);
  if (!possible) throw new Error(`Nothing can be chosen: ${inEnglish(question.none)}`);
  return possible.value;
}

/** The question of this id, as it is asked after these answers. */
export async function questionOf(provisioning: Ec2Provisioning, id: string, given: Answers): Promise<Question> {
  let answers: Answers = {};
  for (;;) {
    const question = await provisioning.next(answers, never());
    if (!question) throw new Error(`${id} is not asked.`);
    if (question.id === id) return question;
    answers = { ...answers, [question.id]: given[question.id] ?? usual(question) };
  }
}

export function english(text: string | Sentence | undefined): string {
  return typeof text === "object" ? inEnglish(text) : (text ?? "");
}

/** The GPUs of a g6.xlarge, as the emulator has them. */
export const L4 = "NVIDIA L4/1/22888";
export const G6: Answers = { gpu: L4, instanceType: "g6.xlarge" };
