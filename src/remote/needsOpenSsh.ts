import { sentence, type Sentence } from "../core/sentence.ts";
import { hasOption, listOption, type HostOptions } from "./hostOptions.ts";

/** What lies around a host's options and decides, with them, who can serve it. */
export interface HostFacts {
  /** Files that exist: each `CertificateFile`, and `<identity>-cert.pub` of each identity. */
  readonly certificates: readonly string[];
  /** Types of the identity files that exist, as far as they can be read. */
  readonly identityTypes: readonly string[];
  /** Types of the keys in the agent that `ssh` would use. */
  readonly agentTypes: readonly string[];
  /** Identity files in a format that only OpenSSH reads. */
  readonly unreadableIdentities: readonly string[];
  readonly knownHostKeyTypes: readonly string[];
  /** Only an authority's certificates are trusted for this host. */
  readonly authorityOnly: boolean;
  /** The `ControlPath` of a connection that the user's own `ssh` holds open. */
  readonly sharedConnection?: string;
}

/** Thrown by a route on which the built-in client cannot do what the user's configuration asks. */
export class OpenSshNeeded extends Error {
  override readonly name = "OpenSshNeeded";
  readonly reason: Sentence;

  constructor(reason: Sentence, options?: ErrorOptions) {
    super("The built-in SSH client cannot serve this host.", options);
    this.reason = reason;
  }
}

interface Reason {
  readonly reason: Sentence;
  readonly applies: (options: HostOptions, facts: HostFacts) => boolean;
}

/** Host keys that the built-in client can check. */
const HOST_KEY_TYPES = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

const SECURITY_KEY = sentence("The ssh program is used: this host is entered with a security key.");

const BEFORE: readonly Reason[] = [
  {
    reason: sentence("The ssh program is used: this host is entered with a user certificate."),
    applies: (_, facts) => facts.certificates.length > 0,
  },
  {
    reason: sentence("The ssh program is used: the SSH configuration of this host names a PKCS#11 token."),
    applies: (options) => isSet(options, "pkcs11provider"),
  },
  {
    reason: sentence("The ssh program is used: the SSH configuration of this host sets KnownHostsCommand."),
    applies: (options) => isSet(options, "knownhostscommand"),
  },
  {
    reason: sentence("The ssh program is used: the SSH configuration of this host sets RevokedHostKeys."),
    applies: (options) => isSet(options, "revokedhostkeys"),
  },
  {
    reason: sentence("The ssh program is used: the SSH configuration of this host sets ProxyUseFdpass."),
    applies: (options) => hasOption(options, "proxyusefdpass", "yes"),
  },
  {
    reason: sentence("The ssh program is used: this host is known by a host certificate."),
    applies: (_, facts) => facts.authorityOnly,
  },
  {
    reason: sentence(
      "The ssh program is used: only OpenSSH checks the type of host key that is on record for this host.",
    ),
    applies: (_, { knownHostKeyTypes }) =>
      knownHostKeyTypes.length > 0 && !knownHostKeyTypes.some((type) => HOST_KEY_TYPES.includes(type)),
  },
  {
    reason: sentence(
      "The ssh program is used: the SSH configuration of this host prefers Kerberos or host-based authentication.",
    ),
    applies: (options) => prefersOnlyForeignMethods(options),
  },
  {
    reason: SECURITY_KEY,
    applies: (_, { identityTypes, agentTypes }) =>
      identityTypes.length > 0 && identityTypes.every(isSecurityKey) && agentTypes.every(isSecurityKey),
  },
];

const AFTER_REFUSAL: readonly (Omit<Reason, "applies"> & {
  readonly applies: (options: HostOptions, facts: HostFacts, offered: readonly string[]) => boolean;
})[] = [
  {
    reason: SECURITY_KEY,
    applies: (_, { identityTypes, agentTypes }) => [...identityTypes, ...agentTypes].some(isSecurityKey),
  },
  {
    reason: sentence("The ssh program is used: the agent holds a certificate."),
    applies: (_, { agentTypes }) => agentTypes.some(isCertificate),
  },
  {
    reason: sentence("The ssh program is used: only OpenSSH reads a key file of this host."),
    applies: (_, facts) => facts.unreadableIdentities.length > 0,
  },
  {
    reason: sentence("The ssh program is used: this host offers Kerberos authentication."),
    applies: (options, _, offered) =>
      offered.includes("gssapi-with-mic") && hasOption(options, "gssapiauthentication", "yes"),
  },
  {
    reason: sentence("The ssh program is used: this host offers host-based authentication."),
    applies: (options, _, offered) =>
      offered.includes("hostbased") && hasOption(options, "hostbasedauthentication", "yes"),
  },
  {
    reason: sentence("The ssh program is used: a shared connection to this host is open."),
    applies: (_, facts) => facts.sharedConnection !== undefined,
  },
];

/** Why only the `ssh` program can serve this host; undefined where the built-in client can. */
export function needsOpenSsh(options: HostOptions, facts: HostFacts): Sentence | undefined {
  return BEFORE.find(({ applies }) => applies(options, facts))?.reason;
}

/** Why the `ssh` program may get in where the built-in client was refused; `offered` are the server's methods. */
export function openSshMayGetIn(
  options: HostOptions,
  facts: HostFacts,
  offered: readonly string[],
): Sentence | undefined {
  return AFTER_REFUSAL.find(({ applies }) => applies(options, facts, offered))?.reason;
}

function isSet(options: HostOptions, name: string): boolean {
  return options.printed.has(name) && !hasOption(options, name, "none", "");
}

function isSecurityKey(type: string): boolean {
  return type.startsWith("sk-");
}

function isCertificate(type: string): boolean {
  return type.includes("-cert-v0");
}

function prefersOnlyForeignMethods(options: HostOptions): boolean {
  const preferred = listOption(options, "preferredauthentications");
  return preferred?.every((method) => method.startsWith("gssapi") || method === "hostbased") ?? false;
}
