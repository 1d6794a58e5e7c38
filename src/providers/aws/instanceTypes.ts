import { sentence } from "../../core/sentence.ts";
import type { AwsClients, AwsDependencies } from "./client.ts";
import { readInstanceType, type InstanceTypeInfo } from "./instanceType.ts";
import { createLearned, type Learned } from "./learned.ts";
import { listOf } from "./untrusted.ts";

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html */
const TYPES_AT_ONCE = 100;

/** What the types have of which instances were seen: asked for once each, kept for as long as the clients. */
export function createInstanceTypes(
  clients: AwsClients,
  { clock, log }: Pick<AwsDependencies, "clock" | "log">,
): Learned<InstanceTypeInfo> {
  return createLearned({
    atOnce: TYPES_AT_ONCE,
    clock,
    log,
    fetch: async (names, signal) => {
      const { DescribeInstanceTypesCommand } = await import("./sdk/ec2.ts");
      // The names are of the SDK's own list at most; AWS knows more of them than any release of the SDK.
      const command = new DescribeInstanceTypesCommand({ InstanceTypes: [...names] as never });
      const failure = sentence("The instance types in {0} could not be read", clients.scope.region);
      const answer = await clients.send(clients.ec2, command, { failure }, signal);
      return new Map(
        listOf(answer.InstanceTypes).flatMap((raw) => {
          const type = readInstanceType(raw);
          return type ? [[type.name, type] as const] : [];
        }),
      );
    },
  });
}

/** Whether a machine of this type has an accelerator; undefined where the type is not known. */
export function isAccelerated(type: InstanceTypeInfo | undefined): boolean | undefined {
  return type && (type.gpu !== undefined || type.accelerators.length > 0);
}
