export type Tags = ReadonlyMap<string, string>;

export type StateName = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped";

export const STATE_CODES: Readonly<Record<StateName, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export interface StateReason {
  readonly code: string;
  readonly message: string;
}

export interface AttachedVolume {
  readonly device: string;
  readonly volumeId: string;
  readonly attachedAt: number;
  readonly deleteOnTermination: boolean;
}

/** A value: every change replaces it, so that a list can be answered as it was some time ago. */
export interface Instance {
  readonly id: string;
  readonly tags: Tags;
  /** In the order of creation over all regions; what a page of a list ends at. */
  readonly sequence: number;
  /** Counts the changes of state, so that a planned one is dropped when another came between. */
  readonly step: number;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly architecture: string;
  readonly keyName: string | undefined;
  readonly state: StateName;
  readonly stateReason: StateReason | undefined;
  readonly transitionReason: string;
  readonly createdAt: number;
  /** Renewed at each start. */
  readonly launchTime: number;
  readonly visibleFrom: number;
  readonly runningSince: number | undefined;
  readonly zone: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly interfaceId: string;
  readonly groupIds: readonly string[];
  readonly privateIp: string | undefined;
  readonly publicIp: string | undefined;
  /** False: it is reached from within its network only. */
  readonly reachable: boolean;
  /** Of the account, not of the instance: it stays over a stop. */
  readonly elasticIp: string | undefined;
  readonly clientToken: string | undefined;
  readonly spotRequestId: string | undefined;
  readonly hibernationConfigured: boolean;
  readonly terminationProtected: boolean;
  readonly stopProtected: boolean;
  readonly shutdownBehavior: "stop" | "terminate";
  readonly userData: string | undefined;
  readonly instanceProfile: string | undefined;
  readonly rootDevice: string;
  readonly volumes: readonly AttachedVolume[];
  readonly ebsOptimized: boolean;
  readonly tokensRequired: boolean;
  readonly consoleOutput: string | undefined;
}

export interface Volume {
  readonly id: string;
  readonly tags: Tags;
  readonly zone: string;
  readonly sizeGiB: number;
  readonly type: string;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  readonly snapshotId: string | undefined;
  readonly createdAt: number;
  readonly state: "in-use" | "available";
  readonly attachment:
    | {
        readonly instanceId: string;
        readonly device: string;
        readonly at: number;
        readonly deleteOnTermination: boolean;
      }
    | undefined;
}

export interface KeyPair {
  readonly id: string;
  readonly tags: Tags;
  readonly name: string;
  readonly type: "rsa" | "ed25519";
  readonly fingerprint: string;
  /** One line of an authorized_keys file. */
  readonly publicKey: string;
  readonly createdAt: number;
}

/** A permission for one source: a request may name several at once. */
export interface Rule {
  readonly id: string;
  readonly protocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  readonly source: RuleSource;
  readonly description: string | undefined;
}

export type RuleSource =
  | { readonly kind: "ipv4"; readonly cidr: string }
  | { readonly kind: "ipv6"; readonly cidr: string }
  | { readonly kind: "group"; readonly groupId: string };

export interface SecurityGroup {
  readonly id: string;
  readonly tags: Tags;
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly ingress: readonly Rule[];
}

export interface Subnet {
  readonly id: string;
  readonly tags: Tags;
  readonly vpcId: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly cidr: string;
}

export interface Vpc {
  readonly id: string;
  readonly tags: Tags;
  readonly cidr: string;
}

export interface Address {
  readonly id: string;
  readonly tags: Tags;
  readonly publicIp: string;
  readonly instanceId: string | undefined;
}

export type SpotState = "open" | "active" | "disabled" | "closed" | "cancelled";

export interface SpotRequest {
  readonly id: string;
  readonly tags: Tags;
  readonly state: SpotState;
  /** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html */
  readonly status: { readonly code: string; readonly message: string; readonly at: number };
  readonly persistent: boolean;
  readonly interruption: "terminate" | "stop" | "hibernate";
  readonly maxPrice: string;
  readonly createdAt: number;
  readonly instanceId: string | undefined;
  readonly instanceType: string;
  readonly imageId: string;
  readonly zone: string;
}

/** What a client token stands for. */
export interface Launch {
  readonly reservationId: string;
  readonly instanceIds: readonly string[];
  /** The request that the token came with, without the token. */
  readonly request: string;
}
