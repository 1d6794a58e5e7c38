// `aws sso login` in small: it signs in to the session that the profile names, and the browser is a key in the terminal.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const HOUR_MS = 3_600_000;

/** What the real one says where the profile has no session. */
export class NoSession extends Error {
  override readonly message = "Missing the following required SSO configuration values: sso_start_url, sso_region.";
}

/** Leaves the token where the SDKs look for it: https://docs.aws.amazon.com/sdkref/latest/guide/understanding-sso.html */
export async function ssoLogin(profile: string): Promise<void> {
  const folder = path.join(process.env["HOME"] ?? os.homedir(), ".aws");
  const sections = readFileSync(path.join(folder, "config"), "utf8").split(/^\[/m);
  const section = sections.find((each) => each.startsWith(`profile ${profile}]`)) ?? "";
  const session = /^sso_session *= *(.+)$/m.exec(section)?.[1];
  if (session === undefined) throw new NoSession();
  process.stdout.write("Attempting to open your default browser.\nPress Enter to sign in there: ");
  await once(process.stdin, "data");
  const cache = path.join(folder, "sso", "cache");
  mkdirSync(cache, { recursive: true });
  const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
  const file = path.join(cache, `${createHash("sha1").update(session).digest("hex")}.json`);
  writeFileSync(file, JSON.stringify({ accessToken: "a-portal-token", expiresAt }), { mode: 0o600 });
  process.stdout.write("Successfully logged into Start URL\n");
}
