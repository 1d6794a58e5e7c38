import { sentence } from "../../core/sentence.ts";
import type { AwsClients, AwsDependencies } from "./client.ts";
import type { VolumeInfo } from "./instances.ts";
import { createLearned, type Learned } from "./learned.ts";
import { amountOf, listOf, recordOf, textOf } from "./untrusted.ts";

/** More values a filter does not take: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html */
const VALUES_OF_A_FILTER = 200;

type Dependencies = Pick<AwsDependencies, "clock" | "log">;

/** The disks of the instances that were seen. */
export function createVolumes(clients: AwsClients, { clock, log }: Dependencies): Learned<VolumeInfo> {
  return createLearned({
    atOnce: VALUES_OF_A_FILTER,
    clock,
    log,
    fetch: async (ids, signal) => {
      const { DescribeVolumesCommand } = await import("./sdk/ec2.ts");
      // By a filter: asked for by id, one disk that is gone would spoil the answer for all.
      const command = new DescribeVolumesCommand({ Filters: [{ Name: "volume-id", Values: [...ids] }] });
      const failure = sentence("The disks in {0} could not be read", clients.scope.region);
      const answer = await clients.send(clients.ec2, command, { failure }, signal);
      return new Map(listOf(answer.Volumes).flatMap(readVolume));
    },
  });
}

function readVolume(value: unknown): readonly (readonly [string, VolumeInfo])[] {
  const raw = recordOf(value);
  const id = textOf(raw["VolumeId"]);
  const type = textOf(raw["VolumeType"], 32);
  const sizeGiB = amountOf(raw["Size"]);
  if (id === undefined || type === undefined || !sizeGiB) return [];
  return [[id, { type, sizeGiB, isEncrypted: raw["Encrypted"] === true }]];
}

export type SpotRequestKind = "one-time" | "persistent";

/** Of which kind the Spot requests are that instances came from: it decides whether they can be stopped. */
export function createSpotRequests(clients: AwsClients, { clock, log }: Dependencies): Learned<SpotRequestKind> {
  return createLearned({
    atOnce: VALUES_OF_A_FILTER,
    clock,
    log,
    fetch: async (ids, signal) => {
      const { DescribeSpotInstanceRequestsCommand } = await import("./sdk/ec2.ts");
      const command = new DescribeSpotInstanceRequestsCommand({
        Filters: [{ Name: "spot-instance-request-id", Values: [...ids] }],
      });
      const failure = sentence("The Spot requests in {0} could not be read", clients.scope.region);
      const answer = await clients.send(clients.ec2, command, { failure }, signal);
      return new Map(listOf(answer.SpotInstanceRequests).flatMap(readSpotRequest));
    },
  });
}

function readSpotRequest(value: unknown): readonly (readonly [string, SpotRequestKind])[] {
  const { SpotInstanceRequestId: id, Type: kind } = recordOf(value);
  return typeof id === "string" && (kind === "one-time" || kind === "persistent") ? [[id, kind]] : [];
}
