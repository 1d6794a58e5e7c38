import { isAccountName } from "../../core/accountName.ts";
import type { SshConnection, SshEntry } from "../../core/connection.ts";
import { GpuDevError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence } from "../../core/sentence.ts";
import type { Ec2Instance } from "./ec2Instance.ts";
import { lifecycleOf } from "./instanceState.ts";
import type { AwsScope } from "./scopes.ts";
import { sessionProgram } from "./ssmSession.ts";

/** What a connection takes besides the instance. */
export interface ConnectionParts {
  readonly scope: Pick<AwsScope, "profile" | "region" | "ssh">;
  /** The user that the machine's image has; undefined where nobody could tell. */
  readonly imageUser: string | undefined;
  /** The private key of the machine's key pair, where it is one of ours. */
  readonly keyFile: string | undefined;
}

/** The tag that says who logs in; an owner of the machine may set it to anything. */
export const SSH_USER_TAG = "gpu-dev:ssh-user";

/** What Amazon Linux has, and most images that are not told apart by their name. */
const USUAL_USER = "ec2-user";

/**
 * How the machine is reached at this moment: at an address, or through Session Manager where none leads there from
 * outside. Throws where neither is possible, and says why.
 */
export function connectionOf(instance: Ec2Instance, name: string, parts: ConnectionParts): SshConnection {
  const { scope } = parts;
  const settings = scope.ssh;
  const identityFile = settings.identityFile ?? parts.keyFile;
  const alias = aliasOf(instance.id);
  return {
    kind: "ssh",
    alias,
    entry: {
      alias,
      ...wayTo(instance, name, scope),
      user: userOf(instance, parts),
      // The same machine behind an address that changes at every stop.
      hostKeyAlias: instance.id,
      ...(settings.port === undefined ? {} : { port: settings.port }),
      ...(identityFile === undefined ? {} : { identityFiles: [identityFile] }),
    },
  };
}

/** "ec2-i-0123456789abcdef0": of the letters that survive in the address of a window. */
function aliasOf(instanceId: string): string {
  return `ec2-${instanceId.toLowerCase().replace(/[^a-z0-9-]/g, "")}`;
}

function userOf({ tags }: Ec2Instance, { scope, imageUser }: ConnectionParts): string {
  const tagged = tags[SSH_USER_TAG];
  return scope.ssh.user ?? (tagged !== undefined && isAccountName(tagged) ? tagged : (imageUser ?? USUAL_USER));
}

/** Every address was checked to be one when it was read. */
function wayTo(
  instance: Ec2Instance,
  name: string,
  scope: ConnectionParts["scope"],
): Pick<SshEntry, "hostName" | "proxyProgram"> {
  const { id, privateAddress } = instance;
  const publicAddress = instance.publicAddress ?? instance.ipv6Address;
  const { address: wanted, port } = scope.ssh;
  const address = wanted === "private" ? privateAddress : (publicAddress ?? privateAddress);
  if (address === undefined || isOff(instance)) throw noAddress(instance, name);
  if (wanted === "private" || publicAddress !== undefined) return { hostName: address };
  return { hostName: id, proxyProgram: sessionProgram(id, port, scope) };
}

function isOff(instance: Ec2Instance): boolean {
  const state = lifecycleOf(instance);
  return state === "stopped" || state === "hibernated";
}

function noAddress(instance: Ec2Instance, name: string): GpuDevError {
  if (lifecycleOf(instance) !== "running") {
    const state = plainText(instance.state ?? "?", 64);
    const text = sentence("{0} cannot be reached: it is not running (AWS reports {1}). Resume it first.", name, state);
    return new GpuDevError("unreachable", text);
  }
  return new GpuDevError("unreachable", sentence("{0} has no address yet. Try again in a moment.", name));
}
