import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import type { AwsClients } from "./client.ts";
import type { SpotRequestKind } from "./companions.ts";
import type { Ec2Instance } from "./ec2Instance.ts";

export interface SpotParts {
  readonly clients: AwsClients;
  /** Undefined where nobody could tell. */
  readonly spotRequest: (requestId: string) => SpotRequestKind | undefined;
}

/**
 * Cancels the Spot request of a machine that is to be deleted: a persistent one would launch, and bill, another machine
 * in its place. The machine itself is not touched by that.
 */
export async function endSpotRequest(
  { spotRequestId }: Ec2Instance,
  name: string,
  { clients, spotRequest }: SpotParts,
  signal: AbortSignal,
): Promise<void> {
  if (spotRequestId === undefined || spotRequest(spotRequestId) === "one-time") return;
  const { CancelSpotInstanceRequestsCommand } = await import("./sdk/ec2.ts");
  const command = new CancelSpotInstanceRequestsCommand({ SpotInstanceRequestIds: [spotRequestId] });
  const purpose = {
    failure: sentence("{0} could not be deleted: its Spot request could not be cancelled", name),
    left: sentence("It still exists: deleted now, it would be replaced by another machine."),
  };
  try {
    await clients.send(clients.ec2, command, purpose, signal);
  } catch (error) {
    if (!(error instanceof GpuDevError) || error.code !== "not-found") throw error;
  }
}
