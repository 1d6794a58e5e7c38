import type { Environment } from "../../../../src/core/environment.ts";
import type { EnvironmentProvider, OperationContext } from "../../../../src/core/provider.ts";
import { inEnglish } from "../../../../src/core/sentence.ts";
import { createAwsClients, type AwsClients, type AwsDependencies } from "../../../../src/providers/aws/client.ts";
import { createEc2Provider, type Ec2Sources } from "../../../../src/providers/aws/ec2Provider.ts";
import { EMPTY_PRICE_BOOK } from "../../../../src/providers/aws/priceBook.ts";
import type { AwsScope } from "../../../../src/providers/aws/scopes.ts";
import { listAll, pointSdkAt, SCOPE } from "../../../contract/awsSubject.ts";
import { startAwsEmulator, type AwsEmulator, type AwsEmulatorOptions } from "../../../emulators/aws/emulator.ts";

export { listAll, SCOPE };

/** An emulated AWS, and our clients of it in its own time: whoever waits makes the time pass. */
export interface Emulated {
  readonly emulator: AwsEmulator;
  readonly clients: AwsClients;
  readonly log: string[];
  /** How long was waited, each time. */
  readonly waits: number[];
  readonly dependencies: AwsDependencies & Pick<Required<AwsDependencies>, "wait">;
  readonly provider: (differing?: Partial<Ec2Sources>) => EnvironmentProvider;
}

export interface EmulatedOptions extends AwsEmulatorOptions {
  readonly scope?: AwsScope;
  readonly requestDeadlineMs?: number;
  readonly credentialsOf?: AwsDependencies["credentialsOf"];
}

/** Runs `act` with the SDK of this process pointed at an emulator, which is stopped afterwards. */
export async function withEmulatedAws(
  act: (emulated: Emulated) => Promise<void>,
  options: EmulatedOptions = {},
): Promise<void> {
  const emulator = await startAwsEmulator(options);
  pointSdkAt(emulator.endpoint);
  const log: string[] = [];
  const waits: number[] = [];
  const dependencies = {
    clock: () => emulator.clock.now(),
    log: (line: string) => void log.push(line),
    random: () => 0.5,
    wait: async (milliseconds: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      waits.push(milliseconds);
      await emulator.clock.advance(milliseconds);
    },
    ...(options.requestDeadlineMs === undefined ? {} : { requestDeadlineMs: options.requestDeadlineMs }),
    ...(options.credentialsOf && { credentialsOf: options.credentialsOf }),
  };
  const clients = createAwsClients(options.scope ?? SCOPE, dependencies);
  const lifetime = new AbortController();
  const provider = (differing: Partial<Ec2Sources> = {}): EnvironmentProvider =>
    createEc2Provider({
      ...dependencies,
      clients,
      prices: EMPTY_PRICE_BOOK,
      filter: () => ({ gpuOnly: false, mine: false }),
      keyFile: () => Promise.resolve(undefined),
      forgetKey: () => Promise.resolve(),
      lifetime: lifetime.signal,
      ...differing,
    });
  try {
    await act({ emulator, clients, log, waits, dependencies, provider });
  } finally {
    lifetime.abort();
    clients.dispose();
    await emulator.stop();
  }
}

/** The one machine there is. */
export async function theOne(provider: EnvironmentProvider): Promise<Environment> {
  const [environment, ...others] = await listAll(provider);
  if (!environment || others.length > 0) throw new Error("There is not exactly one machine.");
  return environment;
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

export interface KeptContext extends OperationContext {
  readonly stages: string[];
  readonly kept: Map<string, string>;
}

/** What an operation is run with; `kept` is what an earlier run of it left. */
export function aContext(kept = new Map<string, string>(), signal = never()): KeptContext {
  const stages: string[] = [];
  return {
    signal,
    stages,
    kept,
    report: (stage) => void stages.push(inEnglish(stage)),
    steps: {
      get: (key) => kept.get(key),
      put: (key, value) => {
        kept.set(key, value);
        return Promise.resolve();
      },
    },
  };
}
