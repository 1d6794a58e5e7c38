import * as v from "valibot";
import { isAccountName } from "../../core/accountName.ts";
import { plainText } from "../../core/plainText.ts";

/** How the machines of an account are reached over SSH, where the user said so. */
export interface AwsSshSettings {
  readonly user?: string;
  readonly port?: number;
  readonly identityFile?: string;
  /** Absent or public: the public one, and a session of Systems Manager where there is none. */
  readonly address?: "public" | "private";
}

/** One region of one account: what is listed, paced and signed in to by itself. */
export interface AwsScope {
  /** A profile of the AWS configuration files; "default": whatever credentials the SDK finds by itself. */
  readonly profile: string;
  readonly region: string;
  /** How the user calls the account. */
  readonly name?: string;
  readonly ssh: AwsSshSettings;
}

/** The SDK's own chain: environment, SSO, process, instance metadata. */
export const DEFAULT_PROFILE = "default";

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;
/** Without quotes, brackets and line breaks, which an AWS configuration file cannot hold in a name either. */
const PROFILE = /^[A-Za-z0-9_][A-Za-z0-9_.:/@+= -]{0,127}$/;

const sshSettings = v.strictObject({
  user: v.exactOptional(v.pipe(v.string(), v.check(isAccountName))),
  port: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
  identityFile: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.regex(/^[^\n\r\0"]+$/))),
  address: v.exactOptional(v.picklist(["public", "private"])),
});

const account = v.strictObject({
  profile: v.pipe(
    v.string(),
    v.transform((text) => text.trim() || DEFAULT_PROFILE),
    v.regex(PROFILE),
  ),
  regions: v.pipe(v.array(v.unknown()), v.minLength(1)),
  name: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  ssh: v.exactOptional(sshSettings, {}),
});

/**
 * The scopes that the setting `gpuDev.aws.accounts` names, each once, in its order. An entry or a region of another
 * form than the setting describes is left out, which `log` is told.
 */
export function parseScopes(accounts: readonly unknown[], log: (line: string) => void): readonly AwsScope[] {
  const scopes = new Map<string, AwsScope>();
  for (const entry of accounts) {
    for (const scope of scopesOf(entry, log)) {
      const key = scopeKey(scope);
      if (!scopes.has(key)) scopes.set(key, scope);
    }
  }
  return [...scopes.values()];
}

/** One text for each scope: "<profile>/<region>". A region holds no slash, so that two scopes never share one. */
export function scopeKey({ profile, region }: AwsScope): string {
  return `${profile}/${region}`;
}

function scopesOf(entry: unknown, log: (line: string) => void): readonly AwsScope[] {
  const parsed = v.safeParse(account, entry);
  if (!parsed.success) {
    log(`An entry of gpuDev.aws.accounts is not an account and is left out: ${excerpt(entry)}`);
    return [];
  }
  const { profile, regions, name, ssh } = parsed.output;
  return regions.flatMap((region) => {
    if (typeof region === "string" && REGION.test(region)) {
      return [{ profile, region, ssh, ...(name === undefined ? {} : { name }) }];
    }
    log(`A region of gpuDev.aws.accounts is not one of AWS and is left out: ${excerpt(region)}`);
    return [];
  });
}

function excerpt(value: unknown): string {
  // What JSON has no text for, as a function, has none here either.
  const text = JSON.stringify(value) as string | undefined;
  return plainText(text ?? typeof value, 200);
}
