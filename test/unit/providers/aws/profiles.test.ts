import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseProfiles, readProfiles } from "../../../../src/providers/aws/profiles.ts";

describe("the profiles of this machine", () => {
  it("tell what they have, and no secret", () => {
    const [work] = parseProfiles("[profile work]\nsource_profile = base\naws_secret_access_key = s3cret\n", "config");
    expect(work?.source).toBe("base");
    expect([...(work?.settings ?? [])]).toEqual(["source_profile", "aws_secret_access_key"]);
    expect(JSON.stringify([work, [...(work?.settings ?? [])]])).not.toContain("s3cret");
  });

  it("are the sections of both files that are profiles", () => {
    const config = [
      "[default]",
      "region = eu-central-1",
      "[profile work]",
      "sso_session = corp",
      "region=us-east-1",
      "[sso-session corp]",
      "region = eu-west-1",
      '[profile "with spaces"]',
      "[services local]",
      "[profile last] # comment",
    ].join("\n");
    const named = parseProfiles(config, "config").map(({ name, region }) => ({ name, region }));
    expect(named).toEqual([
      { name: "default", region: "eu-central-1" },
      { name: "work", region: "us-east-1" },
      { name: "with spaces", region: undefined },
      { name: "last", region: undefined },
    ]);
    expect(parseProfiles("[ci]\r\naws_access_key_id = AKIA\r\n", "credentials")).toMatchObject([
      { name: "ci", region: undefined },
    ]);
  });

  it("hold default also where there is no file, and each name once", async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-profiles-"));
    expect(await readProfiles({ home, environment: {} })).toMatchObject([{ name: "default", region: undefined }]);
    const config = path.join(home, "config");
    const credentials = path.join(home, "credentials");
    await writeFile(config, "[profile work]\nregion = us-west-2\n");
    await writeFile(credentials, "[work]\n[other]\n");
    const environment = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials };
    expect((await readProfiles({ home, environment })).map(({ name }) => name)).toEqual(["default", "work", "other"]);
    await rm(home, { recursive: true, force: true });
  });
});
