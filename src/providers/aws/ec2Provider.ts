import type { Connection } from "../../core/connection.ts";
import type { Environment } from "../../core/environment.ts";
import { GpuDevError } from "../../core/error.ts";
import { Emitter } from "../../core/event.ts";
import type { EnvironmentProvider, SignIn } from "../../core/provider.ts";
import { sentence } from "../../core/sentence.ts";
import { programOnPath } from "../../files/programOnPath.ts";
import { awsCodeOf } from "./answer.ts";
import { createCaller } from "./caller.ts";
import type { AwsClients, AwsDependencies } from "./client.ts";
import { createSpotRequests, createVolumes } from "./companions.ts";
import { connectionOf } from "./connection.ts";
import { consequencesOf } from "./consequences.ts";
import { readHostKeys } from "./console.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import type { InstanceFilter } from "./filter.ts";
import { createImageUsers } from "./images.ts";
import { instanceIdOf } from "./instances.ts";
import { createInstanceTypes } from "./instanceTypes.ts";
import type { Learned } from "./learned.ts";
import { instancesOf, listInstances, priceRequestsOf, readOne, type ListingParts } from "./listing.ts";
import { performOperation } from "./operations.ts";
import type { PriceBook } from "./priceBook.ts";
import type { Ec2Provisioning } from "./provisioning/ec2Provisioning.ts";
import { readRenewal, signInProgram, type Renewal } from "./renewal.ts";
import { scopeKey } from "./scopes.ts";
import { spotNotice } from "./spotNotice.ts";
import { waitForChecks } from "./statusChecks.ts";
import { createSsmPreflight, type SsmPreflight } from "./ssmPreflight.ts";
import { createTransitions } from "./transitions.ts";

/** What the provider of one scope takes. */
export interface Ec2Sources extends Required<Pick<AwsDependencies, "clock" | "log" | "wait">> {
  readonly clients: AwsClients;
  readonly prices: PriceBook;
  readonly filter: () => InstanceFilter;
  /** The private key of a key pair that was made here; undefined for any other. */
  readonly keyFile: (keyName: string) => Promise<string | undefined>;
  readonly forgetKey: (keyName: string) => Promise<void>;
  /** Whether this machine has a program. Default: one of that name is on the PATH. */
  readonly hasProgram?: (name: string) => Promise<boolean>;
  /** Made with how a machine is read, as the tree shows it. */
  readonly provisioning?: (readEnvironment: ReadInstance) => Ec2Provisioning;
  /** Aborted when the provider is no longer needed. */
  readonly lifetime: AbortSignal;
}

/** Undefined where AWS does not know the instance, or not yet. */
export type ReadInstance = (instanceId: string, signal: AbortSignal) => Promise<Environment | undefined>;

/** A fresh instance may be missing from AWS's lists for some seconds, and a deleted one still be there. */
const LIST_LAG_MS = 60_000;

/** The EC2 instances of one region of one account. */
export function createEc2Provider(sources: Ec2Sources): EnvironmentProvider {
  const { clients } = sources;
  const { scope } = clients;
  const account = new Account(sources);
  const { provisioning } = sources;
  return {
    id: account.parts.providerId,
    displayName: sentence("AWS {0} · {1}", scope.name ?? scope.profile, scope.region),
    isChosen: true,
    listLagMs: LIST_LAG_MS,
    list: (signal) => account.list(signal),
    read: (id, signal) => account.read(id, signal),
    ...acting(account, sources),
    connection: (environment, signal) => account.connection(environment, signal),
    hostKeys: async ({ id }, signal) => {
      const instanceId = instanceIdOf(id);
      return instanceId === undefined ? [] : readHostKeys(clients, instanceId, signal);
    },
    interruption: spotNotice,
    ...(provisioning
      ? making(
          provisioning((id, signal) => account.readInstance(id, signal)),
          account,
        )
      : {}),
    signIn: () => account.signIn(),
    onDidInvalidate: account.repriced.event,
  };
}

/** What changes machines, and what is told of it. */
function acting(
  account: Account,
  sources: Ec2Sources,
): Pick<EnvironmentProvider, "perform" | "consequences" | "watchStart"> {
  return {
    perform: (request, environment, context) =>
      performOperation(request, environment, context, {
        ...sources,
        describe: (id, signal) => account.describe(id, signal),
        seen: (id) => account.seen(id),
        spotRequest: (id) => account.parts.spotRequests.get(id),
      }),
    consequences: (operation, { id }) => {
      const instance = account.seen(id);
      const type = instance?.instanceType === undefined ? undefined : account.parts.types.get(instance.instanceType);
      return consequencesOf(operation, { instance, type });
    },
    watchStart: async ({ id, name }, context) => {
      const instanceId = instanceIdOf(id);
      if (instanceId !== undefined) await waitForChecks(instanceId, name, context, sources);
    },
  };
}

/** What goes with making machines: their sizes come from the same catalogue. */
function making(
  provisioning: Ec2Provisioning,
  account: Account,
): Required<Pick<EnvironmentProvider, "provisioning" | "sizes">> {
  return {
    provisioning,
    sizes: async ({ id }, signal) => {
      const { instanceType, zone } = account.seen(id) ?? {};
      return instanceType === undefined || zone === undefined ? [] : provisioning.sizes({ instanceType, zone }, signal);
    },
  };
}

/** What is known of the machines of one scope. */
class Account {
  readonly parts: ListingParts;
  /** Fires when prices came that the last listing did not have. */
  readonly repriced = new Emitter<void>();
  private readonly sources: Ec2Sources;
  private readonly imageUsers: Learned<string>;
  private readonly ssmPreflight: SsmPreflight;
  /** Of the last complete listing, and what was read since. */
  private instances = new Map<string, Ec2Instance>();
  /** Where the credentials come from that the last listing failed by. */
  private renewal: Renewal | undefined;

  constructor(sources: Ec2Sources) {
    const { clients } = sources;
    this.sources = sources;
    this.imageUsers = createImageUsers(clients, sources);
    this.ssmPreflight = createSsmPreflight({ ...sources, hasProgram: sources.hasProgram ?? isOnPath });
    this.parts = {
      ...sources,
      providerId: `aws.ec2/${scopeKey(clients.scope)}`,
      caller: createCaller(clients),
      types: createInstanceTypes(clients, sources),
      volumes: createVolumes(clients, sources),
      spotRequests: createSpotRequests(clients, sources),
      transitions: createTransitions(),
    };
  }

  seen(id: string): Ec2Instance | undefined {
    return this.instances.get(id);
  }

  signIn(): SignIn | undefined {
    if (this.renewal?.kind === "code") return { kind: "code", enter: this.sources.clients.credentials.enterCode };
    const words = signInProgram(this.renewal);
    return words && { kind: "program", words };
  }

  async *list(signal: AbortSignal): AsyncGenerator<readonly Environment[]> {
    try {
      yield* this.listAll(signal);
    } catch (error) {
      const isSignIn = error instanceof GpuDevError && error.code === "authentication";
      if (isSignIn) this.renewal = await readRenewal(this.sources.clients.scope.profile);
      throw error;
    }
  }

  private async *listAll(signal: AbortSignal): AsyncGenerator<readonly Environment[]> {
    const found = new Map<string, Ec2Instance>();
    for await (const page of listInstances(this.parts, signal)) {
      for (const { instance, environment } of page) {
        found.set(environment.id, instance);
        this.instances.set(environment.id, instance);
      }
      yield page.map(({ environment }) => environment);
    }
    this.instances = found;
    void this.warmPrices([...found.values()]);
  }

  async read(id: string, signal: AbortSignal): Promise<Environment | undefined> {
    const instanceId = instanceIdOf(id);
    if (instanceId === undefined) return undefined;
    const environment = await this.readInstance(instanceId, signal);
    return environment?.id === id ? environment : undefined;
  }

  async readInstance(instanceId: string, signal: AbortSignal): Promise<Environment | undefined> {
    const instance = await this.describe(instanceId, signal);
    const listed = instance && (await readOne(instance, this.parts, signal));
    if (listed) this.instances.set(listed.environment.id, listed.instance);
    return listed?.environment;
  }

  /** Undefined where AWS does not know it, or not yet. */
  async describe(instanceId: string, signal: AbortSignal): Promise<Ec2Instance | undefined> {
    const { clients } = this.sources;
    const { DescribeInstancesCommand } = await import("./sdk/ec2.ts");
    const command = new DescribeInstancesCommand({ InstanceIds: [instanceId] });
    try {
      const failure = sentence("The instance {0} could not be read", instanceId);
      const answer = await clients.send(clients.ec2, command, { failure }, signal);
      return instancesOf(answer).find(({ id }) => id === instanceId);
    } catch (error) {
      if (error instanceof GpuDevError && awsCodeOf(error)?.startsWith("InvalidInstanceID.") === true) return undefined;
      throw error;
    }
  }

  /** The address is asked for each time: it changes at every stop. */
  async connection({ id, name }: Environment, signal: AbortSignal): Promise<Connection> {
    const instanceId = instanceIdOf(id);
    const instance = instanceId === undefined ? undefined : await this.describe(instanceId, signal);
    if (!instance) throw new GpuDevError("not-found", sentence("{0} no longer exists at AWS. Refresh the view.", name));
    const { imageId, keyName } = instance;
    const { scope } = this.sources.clients;
    if (imageId !== undefined && scope.ssh.user === undefined) await this.imageUsers.learn([imageId], signal);
    const connection = connectionOf(instance, name, {
      scope,
      imageUser: imageId === undefined ? undefined : this.imageUsers.get(imageId),
      keyFile: keyName === undefined ? undefined : await this.sources.keyFile(keyName),
    });
    if (connection.entry?.proxyProgram) await this.ssmPreflight(instance, name, signal);
    return connection;
  }

  /** In the background: a list does not wait for prices, and is out of date once when all of them are there. */
  private async warmPrices(instances: readonly Ec2Instance[]): Promise<void> {
    const { prices, lifetime, log } = this.sources;
    const changes: unknown[] = [];
    const subscription = prices.onDidChange((change) => changes.push(change));
    try {
      await prices.warm(priceRequestsOf(instances), lifetime);
    } catch (error) {
      if (!lifetime.aborted) log(`Prices could not be read: ${String(error)}`);
    } finally {
      subscription.dispose();
    }
    if (changes.length > 0 && !lifetime.aborted) this.repriced.fire();
  }
}

async function isOnPath(program: string): Promise<boolean> {
  return (await programOnPath(program, process.env, process.platform)) !== undefined;
}
