import { sentence } from "../../core/sentence.ts";
import type { AwsClients, AwsDependencies } from "./client.ts";
import { createLearned, type Learned } from "./learned.ts";
import { listOf, recordOf, textOf } from "./untrusted.ts";

const IMAGES_AT_ONCE = 100;

/** The user with which one logs in to a machine of an image, by the image's id. */
export function createImageUsers(
  clients: AwsClients,
  { clock, log }: Pick<AwsDependencies, "clock" | "log">,
): Learned<string> {
  return createLearned({
    atOnce: IMAGES_AT_ONCE,
    clock,
    log,
    fetch: async (ids, signal) => {
      const { DescribeImagesCommand } = await import("./sdk/ec2.ts");
      const failure = sentence("The images in {0} could not be read", clients.scope.region);
      const answer = await clients.send(
        clients.ec2,
        new DescribeImagesCommand({ ImageIds: [...ids] }),
        { failure },
        signal,
      );
      return new Map(
        listOf(answer.Images).flatMap((raw) => {
          const image = recordOf(raw);
          const id = textOf(image["ImageId"]);
          const words = [image["Name"], image["Description"], image["ImageLocation"]].map((text) => textOf(text) ?? "");
          return id === undefined ? [] : [[id, imageUser(words.join(" "))] as const];
        }),
      );
    },
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/managing-users.html */
const USERS: readonly (readonly [RegExp, string])[] = [
  [/ubuntu/i, "ubuntu"],
  [/debian/i, "admin"],
  [/rocky/i, "rocky"],
  [/centos/i, "centos"],
  [/fedora/i, "fedora"],
  [/bitnami/i, "bitnami"],
];

/** By what an image calls itself. */
export function imageUser(name: string): string {
  return USERS.find(([pattern]) => pattern.test(name))?.[1] ?? "ec2-user";
}
