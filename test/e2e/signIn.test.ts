import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { startIdentityServer, type IdentityServer } from "../emulators/aws/identityServer.ts";
import { DEFAULT_ACCOUNT } from "../emulators/aws/options.ts";
import { SANDBOX_REGION, type SandboxCloud } from "../sandbox/cloud.ts";
import { journeys } from "./journey.ts";
import { startVisit, type Visit } from "./session.ts";
import * as ui from "./workbench.ts";

const WAIT_MS = 60_000;
const regions = [SANDBOX_REGION];

/** One profile of IAM Identity Center, and one with a role that asks for a one-time code. */
const PROFILES = [
  "[profile corp]",
  "sso_session = corp",
  "sso_account_id = 111122223333",
  "sso_role_name = Developer",
  "[sso-session corp]",
  "sso_region = us-east-1",
  "sso_start_url = https://corp.example.com/start",
  "[profile guarded]",
  "role_arn = arn:aws:iam::111122223333:role/gpu",
  "mfa_serial = arn:aws:iam::111122223333:mfa/dev",
  "source_profile = sandbox",
  "[profile sandbox]",
  "",
];

describe("a person whose sign-in to AWS has ended", () => {
  let identity: IdentityServer;
  let visit: Visit;
  let cloud: SandboxCloud;

  beforeAll(async () => {
    identity = await startIdentityServer(DEFAULT_ACCOUNT.accessKeyId);
    visit = await startVisit({
      cloud: true,
      settings: {
        "gpuDev.ssh.showConfigHosts": false,
        "gpuDev.aws.accounts": [
          { profile: "corp", regions },
          { profile: "guarded", regions },
        ],
        "terminal.integrated.gpuAcceleration": "off",
      },
      environment: { AWS_ENDPOINT_URL_STS: identity.endpoint, AWS_ENDPOINT_URL_SSO: identity.endpoint },
      prepare: async (session) => {
        cloud = session.cloud ?? expect.fail("The session has no cloud.");
        cloud.emulator.addInstance({ instanceType: "g6.xlarge", state: "stopped", tags: { Name: "render" } });
        const folder = path.join(session.home.directory, ".aws");
        await mkdir(folder, { recursive: true });
        await writeFile(path.join(folder, "config"), PROFILES.join("\n"));
      },
    });
    await ui.openContainer(visit.page, "GPU Environments");
  });

  afterAll(async () => {
    await visit.stop();
    await identity.stop();
  });

  const journey = journeys(() => visit, { timeout: 180_000 });
  const failure = (words: RegExp) => ui.treeRow(visit.page, words).first();
  const machines = () => ui.treeRow(visit.page, /^render/);
  const sso = /^Cannot be listed.*has ended\. Run “aws sso login --profile corp”\./;
  const code = /^Cannot be listed.*asks for a one-time code/;

  journey("signs in with a terminal, and sees the machines when it has ended", async () => {
    await failure(sso).waitFor({ timeout: WAIT_MS });
    await ui.clickInlineAction(failure(sso), "Sign In…");
    const screen = ui.terminal(visit.page).locator(".xterm-rows");
    await expect.poll(() => screen.innerText(), { timeout: WAIT_MS }).toMatch(/Press.Enter.to.sign.in/);
    expect(await cloud.sessions.takeCalls()).toEqual([["sso", "login", "--profile", "corp"]]);
    expect(await machines().count()).toBe(0);
    await visit.page.keyboard.press("Enter");
    await machines().first().waitFor({ timeout: WAIT_MS });
    await ui.terminal(visit.page).waitFor({ state: "detached", timeout: WAIT_MS });
    expect(await machines().count()).toBe(1);
  });

  journey("gives a one-time code, wrong and then right", async () => {
    const { page } = visit;
    const enter = async (digits: string): Promise<void> => {
      await ui.clickInlineAction(failure(code), "Sign In…");
      await ui.inputTitle(page, "Sign In").waitFor({ timeout: WAIT_MS });
      await ui.inputBox(page).fill("12");
      await ui.inputMessage(page, "Six digits, as your device shows them").waitFor({ timeout: WAIT_MS });
      await ui.inputBox(page).fill(digits);
      await page.keyboard.press("Enter");
    };
    await failure(code).waitFor({ timeout: WAIT_MS });
    await enter("000000");
    await ui.toast(page, "AWS did not take the code for the profile guarded").waitFor({ timeout: WAIT_MS });
    await ui.tidy(page);
    expect(await machines().count()).toBe(1);
    await enter("123456");
    await expect.poll(() => machines().count(), { timeout: WAIT_MS }).toBe(2);
    expect(identity.asked.filter((action) => action === "AssumeRole")).toHaveLength(2);
  });
});
