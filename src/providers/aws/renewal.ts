import { filesOfThisMachine, readProfiles, type AwsFiles, type AwsProfile } from "./profiles.ts";
import { DEFAULT_PROFILE } from "./scopes.ts";

/** How the credentials of a profile are renewed: by where they come from. */
export type Renewal =
  /** Of IAM Identity Center, or of the AWS console: a terminal can begin it. `profile` is the one that signs in. */
  | { readonly kind: "sso" | "login"; readonly profile: string }
  /** A program of the user's that the profile names. */
  | { readonly kind: "process" }
  /** A role that wants to see a one-time code. */
  | { readonly kind: "code" }
  /** Keys that somebody wrote down, a role of theirs, or what the surroundings give. */
  | { readonly kind: "given" }
  /** The files do not know the profile, or say nothing of credentials. */
  | { readonly kind: "none" };

/** Roles of roles: AWS allows no long chains, and a file may hold a circle. */
const MOST_SOURCES = 8;

export async function readRenewal(profile: string, files: AwsFiles = filesOfThisMachine()): Promise<Renewal> {
  // The SDK takes this one where no profile is named to it.
  const named = profile === DEFAULT_PROFILE ? (files.environment["AWS_PROFILE"] ?? profile) : profile;
  return renewalOf(named, await readProfiles(files));
}

/** Follows `source_profile` to where the credentials of a profile begin. */
function renewalOf(name: string, profiles: readonly AwsProfile[]): Renewal {
  const chain = chainOf(name, profiles);
  const first = chain.at(-1);
  const has = (profile: AwsProfile | undefined, ...names: readonly string[]): boolean =>
    names.some((each) => profile?.settings.has(each));
  if (first && has(first, "sso_session", "sso_start_url")) return { kind: "sso", profile: first.name };
  if (first && has(first, "login_session")) return { kind: "login", profile: first.name };
  if (chain.some((profile) => has(profile, "mfa_serial"))) return { kind: "code" };
  if (has(first, "credential_process")) return { kind: "process" };
  const isGiven = chain.some((profile) => has(profile, ...GIVEN));
  return { kind: isGiven ? "given" : "none" };
}

const GIVEN = ["aws_access_key_id", "credential_source", "web_identity_token_file", "role_arn"] as const;

/** The profile and those whose credentials it begins with, the last of them last. */
function chainOf(name: string, profiles: readonly AwsProfile[]): readonly AwsProfile[] {
  const chain: AwsProfile[] = [];
  for (let next: string | undefined = name; next !== undefined && chain.length < MOST_SOURCES;) {
    const profile = profiles.find((one) => one.name === next);
    if (!profile || chain.includes(profile)) break;
    chain.push(profile);
    next = profile.source;
  }
  return chain;
}

/** The words of the program that signs in, for a terminal; undefined where none does. */
export function signInProgram(renewal: Renewal | undefined): readonly [string, ...string[]] | undefined {
  if (renewal?.kind !== "sso" && renewal?.kind !== "login") return undefined;
  const { kind, profile } = renewal;
  // Also the default one by its name: a terminal may have another in AWS_PROFILE.
  return ["aws", ...(kind === "sso" ? ["sso", "login"] : ["login"]), "--profile", profile];
}
