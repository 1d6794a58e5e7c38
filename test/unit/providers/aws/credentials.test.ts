import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GpuDevError } from "../../../../src/core/error.ts";
import type { SignIn } from "../../../../src/core/provider.ts";
import { createCredentials } from "../../../../src/providers/aws/credentials.ts";
import { listAll, never, SCOPE, withEmulatedAws } from "./emulated.ts";
import { startIdentityServer, type IdentityServer } from "../../../emulators/aws/identityServer.ts";

/** What every source gives out, and the emulated AWS knows. */
const KEY = "ASIAI44QH8DHBEXAMPLE";
const KEYS = { AccessKeyId: KEY, SecretAccessKey: "secret-of-tests", SessionToken: "process" };
const ACCOUNTS = [{ accountId: "111122223333", accessKeyId: KEY, userName: "developer" }];
const ROLE = "role_arn = arn:aws:iam::111122223333:role/gpu";
const SSO = [
  "[sso-session corp]",
  "sso_region = us-east-1",
  "sso_start_url = https://corp.example.com/start",
  "sso_registration_scopes = sso:account:access",
];
const SSO_PROFILE = ["sso_session = corp", "sso_account_id = 111122223333", "sso_role_name = Developer"];

interface Case {
  readonly config?: readonly string[];
  readonly profile?: string;
  readonly environment?: (parts: Parts) => Readonly<Record<string, string>>;
  /** What the source was asked for. */
  readonly asked?: readonly string[];
  readonly region?: string;
  readonly credentialsOf?: ReturnType<typeof createCredentials>;
}

interface Parts {
  readonly home: string;
  readonly identity: string;
}

const NO_KEYS = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

const SOURCES: Readonly<Record<string, Case>> = {
  "keys of the environment": {
    profile: "default",
    environment: () => ({ AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: "secret-of-tests" }),
  },
  "keys of a profile": { config: [`aws_access_key_id = ${KEY}`, "aws_secret_access_key = secret-of-tests"] },
  "the profile that AWS_PROFILE names": {
    profile: "default",
    config: [`aws_access_key_id = ${KEY}`, "aws_secret_access_key = secret-of-tests"],
    environment: () => ({ ...NO_KEYS, AWS_PROFILE: "work" }),
  },
  "a role of another profile": {
    config: [
      ROLE,
      "source_profile = base",
      "[profile base]",
      "aws_access_key_id = AKIABASE",
      "aws_secret_access_key = x",
    ],
    asked: ["AssumeRole"],
  },
  "a role, with keys of the environment": {
    config: [ROLE, "credential_source = Environment"],
    asked: ["AssumeRole"],
  },
  "a role, with instance metadata": {
    config: [ROLE, "credential_source = Ec2InstanceMetadata"],
    asked: [
      "PUT /latest/api/token",
      "GET /latest/meta-data/iam/security-credentials/",
      "GET /latest/meta-data/iam/security-credentials/the-role",
      "AssumeRole",
    ],
  },
  "a role for the token of a web identity": {
    config: [ROLE, "web_identity_token_file = %HOME%/token"],
    asked: ["AssumeRoleWithWebIdentity"],
  },
  "a program": { config: ["credential_process = %HOME%/give-keys"] },
  "IAM Identity Center": { config: [...SSO_PROFILE, ...SSO], asked: ["GET /federation/credentials"] },
  "a role of a profile of IAM Identity Center": {
    config: [ROLE, "source_profile = base", "[profile base]", ...SSO_PROFILE, ...SSO],
    asked: ["GET /federation/credentials", "AssumeRole"],
  },
  "instance metadata": {
    profile: "default",
    environment: () => NO_KEYS,
    asked: [
      "PUT /latest/api/token",
      "GET /latest/meta-data/iam/security-credentials/",
      "GET /latest/meta-data/iam/security-credentials/the-role",
    ],
  },
  "the credentials of a container": {
    profile: "default",
    environment: ({ identity }) => ({ ...NO_KEYS, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${identity}/container` }),
    asked: ["GET /container"],
  },
};

describe("the credentials of an account", () => {
  const before = { ...process.env };
  let home: string;
  let identity: IdentityServer;

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-aws-"));
    identity = await startIdentityServer(KEY);
    await writeFile(path.join(home, "token"), "a.web.token");
    await writeFile(path.join(home, "give-keys"), `#!/bin/sh\necho '${JSON.stringify({ Version: 1, ...KEYS })}'\n`);
    await chmod(path.join(home, "give-keys"), 0o755);
    const cache = path.join(home, ".aws", "sso", "cache");
    await mkdir(cache, { recursive: true });
    const token = { accessToken: "a-portal-token", expiresAt: "2099-01-01T00:00:00Z" };
    await writeFile(path.join(cache, `${createHash("sha1").update("corp").digest("hex")}.json`), JSON.stringify(token));
  });

  afterEach(() => {
    identity.asked.length = 0;
    identity.session = "valid";
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  });

  afterAll(async () => {
    await identity.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** Lists as the profile says; gives what was found, or why nothing was. */
  async function list({ config = [], profile = "work", region = SCOPE.region, ...other }: Case): Promise<Outcome> {
    const file = path.join(home, "config");
    await writeFile(file, ["[profile work]", ...config, ""].join("\n").replaceAll("%HOME%", home));
    let outcome: Outcome = { listed: 0, error: undefined, signIn: undefined };
    await withEmulatedAws(
      async ({ emulator, provider }) => {
        emulator.addInstance({ region });
        useIdentity({ home, identity: identity.endpoint });
        Object.assign(
          process.env,
          { AWS_CONFIG_FILE: file },
          other.environment?.({ home, identity: identity.endpoint }),
        );
        const own = provider();
        const listed = await listAll(own).catch((error: unknown) => error);
        outcome =
          listed instanceof Error
            ? { listed: 0, error: listed, signIn: own.signIn?.() }
            : { listed: (listed as readonly unknown[]).length, error: undefined, signIn: own.signIn?.() };
      },
      {
        accounts: ACCOUNTS,
        scope: { ...SCOPE, profile, region },
        ...(other.credentialsOf && { credentialsOf: other.credentialsOf }),
      },
    );
    return outcome;
  }

  it.each(Object.entries(SOURCES))("are those of %s", async (_name, source) => {
    expect(await list(source)).toEqual({ listed: 1, error: undefined, signIn: undefined });
    expect(identity.asked).toEqual(source.asked ?? []);
  });

  it("are resolved once for all regions and services of a profile", async () => {
    const credentialsOf = createCredentials(() => undefined);
    const config = [ROLE, "source_profile = base", "[profile base]", ...SSO_PROFILE, ...SSO];
    for (const region of ["us-east-1", "eu-central-1"]) {
      expect(await list({ config, region, credentialsOf })).toMatchObject({ listed: 1 });
    }
    expect(identity.asked).toEqual(["GET /federation/credentials", "AssumeRole"]);
  });

  it("are to be had by a sign-in where that of IAM Identity Center has ended, also for a role of it", async () => {
    identity.session = "ended";
    const direct = await list({ config: [...SSO_PROFILE, ...SSO] });
    expect(direct.error).toMatchObject({ code: "authentication" });
    expect(direct.error?.message).toContain("has ended. Run “aws sso login --profile work”.");
    expect(direct.signIn).toEqual({ kind: "program", words: ["aws", "sso", "login", "--profile", "work"] });
    const role = await list({ config: [ROLE, "source_profile = base", "[profile base]", ...SSO_PROFILE, ...SSO] });
    expect(role.signIn).toEqual({ kind: "program", words: ["aws", "sso", "login", "--profile", "base"] });
  });

  it("of a role that asks for a code are to be had by one, for all regions, and a wrong one is told", async () => {
    const credentialsOf = createCredentials(() => undefined);
    const config = [
      ...[ROLE, "mfa_serial = arn:aws:iam::111122223333:mfa/dev", "source_profile = base"],
      ...["[profile base]", "aws_access_key_id = AKIABASE", "aws_secret_access_key = x"],
    ];
    const { error, signIn } = await list({ config, credentialsOf });
    expect(error?.message).toMatch(/asks for a one-time code\. Choose Sign In/);
    if (signIn?.kind !== "code") expect.fail("No code is asked for.");
    expect(identity.asked).toEqual([]); // nothing was tried without it
    useIdentity({ home, identity: identity.endpoint });
    process.env["AWS_CONFIG_FILE"] = path.join(home, "config");
    await expect(signIn.enter("000000", never())).rejects.toMatchObject({ code: "authentication" });
    expect((await list({ config, credentialsOf })).signIn?.kind).toBe("code"); // a code is not kept for later
    useIdentity({ home, identity: identity.endpoint });
    process.env["AWS_CONFIG_FILE"] = path.join(home, "config");
    await signIn.enter("123456", never());
    for (const region of ["us-east-1", "eu-central-1"]) {
      expect(await list({ config, region, credentialsOf })).toMatchObject({ listed: 1 });
    }
    expect(identity.asked).toEqual(["AssumeRole", "AssumeRole"]);
  });

  it("are to be had by a sign-in of the console where the profile has one", async () => {
    const { error, signIn } = await list({
      config: ["login_session = arn:aws:sts::111122223333:assumed-role/gpu/dev"],
    });
    expect(error).toMatchObject({ code: "authentication" });
    expect(signIn).toEqual({ kind: "program", words: ["aws", "login", "--profile", "work"] });
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ["a program that fails", ["credential_process = false"], /credential_process.* Run it in a terminal/],
    ["a profile without any", [], /There are no credentials for the AWS profile work\. Run “aws configure sso/],
    [
      "keys that AWS does not know",
      ["aws_access_key_id = AKIAUNKNOWN", "aws_secret_access_key = x"],
      /does not accept the credentials of the profile work .* Renew them where they come from\./,
    ],
  ])("are told to be missing, without a sign-in that would not help: %s", async (_name, config, words) => {
    // Where a profile gives none, the SDK goes on to what the machine itself is given.
    const { error, signIn } = await list({ config, environment: () => ({ AWS_EC2_METADATA_DISABLED: "true" }) });
    expect(error).toBeInstanceOf(GpuDevError);
    expect(error).toMatchObject({ code: "authentication" });
    expect(error?.message).toMatch(words);
    expect(signIn).toBeUndefined();
  });
});

interface Outcome {
  readonly listed: number;
  readonly error: Error | undefined;
  readonly signIn: SignIn | undefined;
}

function useIdentity({ home, identity }: Parts): void {
  Object.assign(process.env, {
    HOME: home,
    AWS_ENDPOINT_URL_STS: identity,
    AWS_ENDPOINT_URL_SSO: identity,
    AWS_EC2_METADATA_DISABLED: "false",
    AWS_EC2_METADATA_SERVICE_ENDPOINT: identity,
  });
}
