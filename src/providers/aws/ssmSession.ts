import { GpuDevError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { isProxyWord, type ProxyProgram } from "../../core/proxyProgram.ts";
import { sentence } from "../../core/sentence.ts";
import { DEFAULT_PROFILE, type AwsScope } from "./scopes.ts";

/** The command line of AWS: https://aws.amazon.com/cli/ */
export const AWS_PROGRAM = "aws";
const SSH_PORT = 22;

/**
 * The program that connects itself with the SSH server of an instance through Systems Manager. It finds the credentials
 * by itself, each time anew, so that none is in its words. Throws "configuration" for a profile whose name could be read
 * as more than a name.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html
 */
export function sessionProgram(
  instanceId: string,
  port: number | undefined,
  { profile, region }: Pick<AwsScope, "profile" | "region">,
): ProxyProgram {
  if (!isProxyWord(profile) || profile.startsWith("-")) {
    throw new GpuDevError(
      "configuration",
      sentence(
        "The AWS profile “{0}” cannot be used for machines without a public address: its name may hold letters, digits, spaces inside, and _ . : / @ + = , - only. Rename it.",
        plainText(profile, 80),
      ),
    );
  }
  const words = ["--target", instanceId, "--document-name", "AWS-StartSSHSession"];
  const parameters = ["--parameters", `portNumber=${port ?? SSH_PORT}`, "--region", region];
  const ownProfile = profile === DEFAULT_PROFILE ? [] : ["--profile", profile];
  return [AWS_PROGRAM, "ssm", "start-session", ...words, ...parameters, ...ownProfile];
}
