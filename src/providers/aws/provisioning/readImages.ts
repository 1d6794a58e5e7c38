import { sentence } from "../../../core/sentence.ts";
import type { AwsClients } from "../client.ts";
import { listOf, recordOf } from "../untrusted.ts";
import type { Architecture } from "./gpuType.ts";
import { SYSTEMS, toSystemImage, type SystemImage } from "./images.ts";
import { isImageId } from "./names.ts";

/** The newest image of each system for an architecture, by the id of the system; those this region has. */
export async function readImages(
  clients: AwsClients,
  architecture: Architecture,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SystemImage>> {
  const ids = await newestImageIds(clients, architecture, signal);
  if (ids.size === 0) return new Map();
  const { DescribeImagesCommand } = await import("../sdk/ec2.ts");
  const failure = sentence("The images of {0} could not be read", clients.scope.region);
  const command = new DescribeImagesCommand({ ImageIds: [...new Set(ids.values())] });
  const { Images = [] } = await clients.send(clients.ec2, command, { failure }, signal);
  const images = Images.flatMap((record) => toSystemImage(record, architecture) ?? []);
  return new Map(
    [...ids].flatMap(([system, id]) => {
      const image = images.find(({ imageId }) => imageId === id);
      return image ? [[system, image] as const] : [];
    }),
  );
}

async function newestImageIds(clients: AwsClients, architecture: Architecture, signal: AbortSignal) {
  const { GetParametersCommand } = await import("../sdk/ssm.ts");
  const failure = sentence("The newest images of {0} could not be looked up", clients.scope.region);
  const names = SYSTEMS.map(({ parameter }) => parameter(architecture));
  const answer = await clients.send(clients.ssm, new GetParametersCommand({ Names: names }), { failure }, signal);
  const values = new Map(listOf(answer.Parameters).map((raw) => [recordOf(raw)["Name"], recordOf(raw)["Value"]]));
  return new Map(
    SYSTEMS.flatMap(({ id, parameter }) => {
      const value = values.get(parameter(architecture));
      return isImageId(value) ? [[id, value] as const] : [];
    }),
  );
}
