import { homedir } from "node:os";
import path from "node:path";
import { readIfPresent } from "../../files/atomicFile.ts";
import { DEFAULT_PROFILE } from "./scopes.ts";

/** A profile of the AWS configuration files. */
export interface AwsProfile {
  readonly name: string;
  /** That the file names for it. */
  readonly region: string | undefined;
  /** The profile whose credentials it begins with. */
  readonly source: string | undefined;
  /** The names of all settings that the files have for it: the values of some are secret, and are let go of. */
  readonly settings: ReadonlySet<string>;
}

/** Where the files are, as the SDK and the `aws` program look for them. */
export interface AwsFiles {
  readonly home: string;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
}

/** The profiles of this machine by name, "default" first: it is there without any file, too. */
export async function readProfiles(files: AwsFiles = filesOfThisMachine()): Promise<readonly AwsProfile[]> {
  const { home, environment } = files;
  const config = environment["AWS_CONFIG_FILE"] ?? path.join(home, ".aws", "config");
  const credentials = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? path.join(home, ".aws", "credentials");
  const texts = await Promise.all([config, credentials].map(readText));
  const profiles = new Map<string, AwsProfile>([[DEFAULT_PROFILE, toProfile(DEFAULT_PROFILE, new Map())]]);
  for (const found of [...parseProfiles(texts[0] ?? "", "config"), ...parseProfiles(texts[1] ?? "", "credentials")]) {
    const known = profiles.get(found.name);
    profiles.set(found.name, known ? joined(known, found) : found);
  }
  return [...profiles.values()];
}

/** `known`, as the first file has it, wins. */
function joined(known: AwsProfile, found: AwsProfile): AwsProfile {
  return {
    name: known.name,
    region: known.region ?? found.region,
    source: known.source ?? found.source,
    settings: new Set([...known.settings, ...found.settings]),
  };
}

export function filesOfThisMachine(): AwsFiles {
  return { home: homedir(), environment: process.env };
}

/** A file that cannot be read has no profiles that could be used either. */
async function readText(file: string): Promise<string> {
  const content = await readIfPresent(file).catch(() => undefined);
  return content?.toString("utf8") ?? "";
}

/** In `config` a profile is `[profile name]` and `[default]`, in `credentials` `[name]`. */
export function parseProfiles(text: string, kind: "config" | "credentials"): readonly AwsProfile[] {
  const sections: { readonly name: string; readonly settings: Map<string, string> }[] = [];
  let settings = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[([^\]]*)\]/.exec(line.trim())?.[1];
    if (section !== undefined) {
      settings = new Map();
      const name = profileName(section.trim(), kind);
      if (name !== undefined) sections.push({ name, settings });
    }
    // A line that is set in belongs to the setting above it.
    const [, key, value] = /^([A-Za-z]\w{0,63})\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) settings.set(key.toLowerCase(), value);
  }
  return sections.map((section) => toProfile(section.name, section.settings));
}

function toProfile(name: string, settings: ReadonlyMap<string, string>): AwsProfile {
  const region = settings.get("region");
  return {
    name,
    region: region !== undefined && REGION.test(region) ? region : undefined,
    source: settings.get("source_profile"),
    settings: new Set(settings.keys()),
  };
}

const REGION = /^[a-z0-9-]{1,40}$/;

function profileName(section: string, kind: "config" | "credentials"): string | undefined {
  if (kind === "credentials" || section === DEFAULT_PROFILE) return section === "" ? undefined : section;
  return /^profile\s+(?<quote>["']?)(?<name>.+)\k<quote>$/.exec(section)?.groups?.["name"];
}
