import * as v from "valibot";
import { isImageId, isInstanceType, isSubnetId, isVpcId, isZone } from "./names.ts";

const text = v.pipe(v.string(), v.minLength(1));
const key = v.variant("kind", [
  /** Made for this machine, and its private half kept here. */
  v.object({ kind: v.literal("new"), name: text }),
  /** Made for an earlier machine. */
  v.object({ kind: v.literal("earlier"), name: text }),
  v.object({ kind: v.literal("imported"), name: text, publicKey: text }),
]);

const launchSpec = v.object({
  version: v.literal(1),
  instanceType: v.custom<string>(isInstanceType),
  market: v.picklist(["on-demand", "spot"]),
  /** In the order in which they are tried. */
  zones: v.pipe(v.array(v.custom<string>(isZone)), v.minLength(1)),
  /** Absent: AWS takes the default one. */
  network: v.exactOptional(
    v.object({
      vpcId: v.custom<string>(isVpcId),
      /** By zone. */
      subnets: v.record(v.string(), v.custom<string>(isSubnetId)),
    }),
  ),
  imageId: v.custom<string>(isImageId),
  rootDevice: text,
  diskGiB: v.pipe(v.number(), v.integer(), v.minValue(1)),
  hibernation: v.boolean(),
  /** What the machine does when it is switched off from the inside. */
  atShutdown: v.picklist(["stop", "terminate"]),
  /** On everything that is made. */
  tags: v.record(v.string(), v.string()),
  /** On the machine and its disk besides. */
  name: text,
  key,
  groupName: text,
  /** "203.0.113.7/32" */
  sshFrom: text,
  /** Base64. */
  userData: v.string(),
});

/**
 * All that a launch says to AWS, decided once and kept on the disk before anything is made. A request that is repeated
 * after a crash is then the same request, also where prices, images or this code have changed meanwhile.
 */
export type LaunchSpec = v.InferOutput<typeof launchSpec>;

/** Undefined for a text of another form. */
export function parseLaunchSpec(json: string): LaunchSpec | undefined {
  try {
    const parsed = v.safeParse(launchSpec, JSON.parse(json));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
