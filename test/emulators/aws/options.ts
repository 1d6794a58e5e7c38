/** Whose keys a request was signed with, and whose machines it therefore sees. */
export interface AwsAccount {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userName: string;
  readonly alias?: string;
  /** Names of IAM instance profiles that a launch may name. */
  readonly instanceProfiles?: readonly string[];
}

/** How long things take, in milliseconds. */
export interface Durations {
  readonly pendingMs: number;
  readonly stoppingMs: number;
  readonly hibernatingMs: number;
  readonly shuttingDownMs: number;
  /** From running until the status checks say "ok". */
  readonly checksMs: number;
  /** From the launch until the lists know the instance; the real service is often, but not always, immediate. */
  readonly visibleAfterMs: number;
  readonly terminatedVisibleMs: number;
  /** From running until the guest can be hibernated. */
  readonly hibernationReadyMs: number;
  /** From running until the console output can be read. */
  readonly consoleLagMs: number;
  /** Between the notice of a Spot interruption and the interruption. */
  readonly interruptionNoticeMs: number;
  /** Until a persistent Spot request is fulfilled again after its instance was terminated. */
  readonly spotRelaunchMs: number;
  readonly paginationTokenMs: number;
}

export const DEFAULT_DURATIONS: Durations = {
  pendingMs: 15_000,
  stoppingMs: 30_000,
  hibernatingMs: 60_000,
  shuttingDownMs: 30_000,
  checksMs: 120_000,
  visibleAfterMs: 0,
  terminatedVisibleMs: 3_600_000,
  hibernationReadyMs: 120_000,
  consoleLagMs: 60_000,
  interruptionNoticeMs: 120_000,
  spotRelaunchMs: 30_000,
  paginationTokenMs: 3_600_000,
};

export interface MachineRequest {
  readonly id: string;
  readonly instanceType: string;
  /** Of the key pair, as one line of an authorized_keys file. */
  readonly publicKey?: string;
  /** Decoded. */
  readonly userData?: string;
}

export interface MachineAddresses {
  readonly publicIp: string;
  readonly privateIp: string;
  readonly consoleOutput?: string;
}

/** Starts and ends what is reached at an instance's address, e.g. a real sshd. */
export interface MachineHost {
  start(instance: MachineRequest): Promise<MachineAddresses>;
  /** At the notice of a Spot interruption: what the instance metadata says from then on. `at` is the cloud's time. */
  interrupt?(instanceId: string, notice: { readonly action: string; readonly at: number }): void;
  /** At a stop or a hibernation. */
  stop(instanceId: string): Promise<void>;
  /** At the termination. */
  remove(instanceId: string): Promise<void>;
}

export interface AwsEmulatorOptions {
  /** Virtual (the default): time moves only by `advance`. Real: it passes by itself too. */
  readonly clock?: "virtual" | "real";
  /** Of the real clock: how many of its seconds pass in one; default 1. */
  readonly speed?: number;
  /** Unix milliseconds; default: the time of this machine. */
  readonly startsAt?: number;
  readonly accounts?: readonly AwsAccount[];
  readonly durations?: Partial<Durations>;
  readonly machines?: MachineHost;
  /** Default: any that is free. */
  readonly port?: number;
  /** Refuses signatures more than five minutes off the emulator's time. Default: with the real clock at speed 1. */
  readonly checkSignatureTime?: boolean;
}

export const DEFAULT_ACCOUNT: AwsAccount = {
  accountId: "111122223333",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  userName: "developer",
  alias: "example",
  instanceProfiles: ["SessionManager"],
};
