import { homedir } from "node:os";
import path from "node:path";
import { readIfPresent } from "../../files/atomicFile.ts";
import { DEFAULT_PROFILE } from "./scopes.ts";

/** A profile of the AWS configuration files. */
export interface AwsProfile {
  readonly name: string;
  /** That the file names for it. */
  readonly region: string | undefined;
}

/** Where the files are, as the SDK and the `aws` program look for them. */
export interface AwsFiles {
  readonly home: string;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
}

/** The profiles of this machine by name, "default" first: it is there without any file, too. */
export async function readProfiles(
  { home, environment }: AwsFiles = { home: homedir(), environment: process.env },
): Promise<readonly AwsProfile[]> {
  const config = environment["AWS_CONFIG_FILE"] ?? path.join(home, ".aws", "config");
  const credentials = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? path.join(home, ".aws", "credentials");
  const texts = await Promise.all([config, credentials].map(readText));
  const profiles = new Map<string, AwsProfile>([[DEFAULT_PROFILE, { name: DEFAULT_PROFILE, region: undefined }]]);
  for (const found of [...parseProfiles(texts[0] ?? "", "config"), ...parseProfiles(texts[1] ?? "", "credentials")]) {
    const known = profiles.get(found.name);
    profiles.set(found.name, { name: found.name, region: known?.region ?? found.region });
  }
  return [...profiles.values()];
}

/** A file that cannot be read has no profiles that could be used either. */
async function readText(file: string): Promise<string> {
  const content = await readIfPresent(file).catch(() => undefined);
  return content?.toString("utf8") ?? "";
}

/** In `config` a profile is `[profile name]` and `[default]`, in `credentials` `[name]`. */
export function parseProfiles(text: string, kind: "config" | "credentials"): readonly AwsProfile[] {
  const profiles: { name: string; region: string | undefined }[] = [];
  let current: { name: string; region: string | undefined } | undefined;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[([^\]]*)\]/.exec(line.trim())?.[1];
    if (section !== undefined) {
      const name = profileName(section.trim(), kind);
      current = name === undefined ? undefined : { name, region: undefined };
      if (current) profiles.push(current);
    }
    const region = /^region\s*=\s*([a-z0-9-]{1,40})\s*$/.exec(line)?.[1];
    if (current && region !== undefined) current.region = region;
  }
  return profiles;
}

function profileName(section: string, kind: "config" | "credentials"): string | undefined {
  if (kind === "credentials" || section === DEFAULT_PROFILE) return section === "" ? undefined : section;
  return /^profile\s+(?<quote>["']?)(?<name>.+)\k<quote>$/.exec(section)?.groups?.["name"];
}
