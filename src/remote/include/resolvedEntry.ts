import type { SshEntry } from "../../core/connection.ts";
import type { HostOptions } from "../hostOptions.ts";
import { safeAlias } from "./alias.ts";

/** What `ssh` tries where no IdentityFile is configured, by ssh_config(5); an agent is asked as well then. */
const DEFAULT_IDENTITY = /[\\/]\.ssh[\\/]id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss|mldsa44_ed25519)$/;

/**
 * The effective options of a host of the user's configuration, under an alias that a window address can carry.
 * It stands for the host as it is now: an edit of the configuration counts again at the next connect.
 */
export function resolvedEntry(options: HostOptions): SshEntry {
  const { hostName, port, user, proxyJump, proxyCommand } = options;
  const identityFiles = options.identityFiles.filter((file) => !DEFAULT_IDENTITY.test(file));
  return {
    alias: safeAlias(options.alias, new Set([options.alias])),
    hostName,
    port,
    user,
    ...(identityFiles.length === 0 ? {} : { identityFiles }),
    ...(proxyJump === undefined ? {} : { proxyJump }),
    ...(proxyCommand === undefined ? {} : { proxyCommand }),
    ...(options.hostKeyAlias === undefined ? {} : { hostKeyAlias: options.hostKeyAlias }),
  };
}
