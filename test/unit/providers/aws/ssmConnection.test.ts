import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SshConnection } from "../../../../src/core/connection.ts";
import type { GpuDevError } from "../../../../src/core/error.ts";
import { isProxyProgram } from "../../../../src/core/proxyProgram.ts";
import type { Session } from "../../../../src/core/session.ts";
import { programOnPath } from "../../../../src/files/programOnPath.ts";
import { connectionOf } from "../../../../src/providers/aws/connection.ts";
import { readInstance } from "../../../../src/providers/aws/ec2Instance.ts";
import { sessionProgram } from "../../../../src/providers/aws/ssmSession.ts";
import { installSessionManager, type SessionManager } from "../../../sandbox/sessionManager.ts";
import { startSshd, type Sshd } from "../../../sandbox/sshd.ts";
import { createSandbox, type Sandbox } from "../../remote/include/sandbox.ts";
import { createHome, createTestRemote, errorOf, forever, output, type Home } from "../../remote/support.ts";
import { never, SCOPE, theOne, withEmulatedAws } from "./emulated.ts";

const run = promisify(execFile);
const ID = "i-0123456789abcdef0";

function connected(raw: object, scope: Partial<typeof SCOPE> = {}): SshConnection {
  const running = { InstanceId: ID, State: { Name: "running" }, PrivateIpAddress: "10.0.0.7" };
  const instance = readInstance({ ...running, ...raw });
  if (!instance) throw new Error("The instance could not be read.");
  const parts = { scope: { ...SCOPE, ...scope }, imageUser: "ubuntu", keyFile: undefined };
  return connectionOf(instance, "trainer", parts);
}

describe("an instance without a public address", () => {
  it("is reached by the command line that AWS documents, under its id", () => {
    expect(connected({}).entry).toEqual({
      alias: `ec2-${ID}`,
      hostName: ID,
      user: "ubuntu",
      hostKeyAlias: ID,
      proxyProgram: [
        ...["aws", "ssm", "start-session", "--target", ID, "--document-name", "AWS-StartSSHSession"],
        ...["--parameters", "portNumber=22", "--region", "us-east-1"],
      ],
    });
  });

  it("is reached at the port and with the profile of its account", () => {
    const { entry } = connected({}, { profile: "Team/GPU dev@1", region: "us-gov-west-1", ssh: { port: 2222 } });
    expect(entry?.port).toBe(2222);
    expect(entry?.proxyProgram?.slice(-6)).toEqual([
      ...["--parameters", "portNumber=2222", "--region", "us-gov-west-1", "--profile", "Team/GPU dev@1"],
    ]);
  });

  it.each(["public", undefined] as const)("is reached so where the setting of the address is %s", (address) => {
    expect(connected({}, { ssh: address ? { address } : {} }).entry?.proxyProgram).toBeDefined();
  });

  it("is reached at its private address where the setting says so, and a public one is always reached plainly", () => {
    const plain = connected({}, { ssh: { address: "private" } }).entry;
    expect([plain?.hostName, plain?.proxyProgram]).toEqual(["10.0.0.7", undefined]);
    for (const raw of [{ PublicIpAddress: "198.51.100.7" }, { Ipv6Address: "2001:db8::7" }])
      expect(connected(raw).entry?.proxyProgram).toBeUndefined();
  });

  it("is not reached while it is off", () => {
    expect(() => connected({ State: { Name: "stopped" } })).toThrow("it is not running (AWS reports stopped)");
  });

  it.each(["-x", "a;touch x", "a\nb", "$(id)", "%PATH%", "a`b", 'a"b', "ü", " a", "a'b", "--profile=x", "a\0", ""])(
    "is refused for a profile named %j, which is told",
    (profile) => {
      expect(() => connected({}, { profile })).toThrow(/^The AWS profile “.*” cannot be used .* Rename it\.$/s);
    },
  );

  it("never has a way that could be read as more than words, whatever the profile is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), fc.boolean(), (text, isPlain) => {
        const profile = isPlain ? text.replace(/[^\w.:/@+= -]/g, "") : text;
        try {
          expect(isProxyProgram(sessionProgram(ID, 22, { profile, region: "us-east-1" }))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "configuration" });
          expect((error as GpuDevError).message).not.toMatch(/[\0-\x1f\u202e]/); // eslint-disable-line no-control-regex -- they must not be there
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe("a private instance of the account", () => {
  let home: Home;
  let sandbox: Sandbox;
  let server: Sshd;
  let manager: SessionManager;
  beforeAll(async () => {
    home = await createHome();
    sandbox = createSandbox();
    const environment = { HOME: home.directory };
    server = await startSshd({ directory: home.file("server"), addresses: ["127.0.0.9"], environment });
    manager = await installSessionManager(home.file("aws"));
  });
  afterAll(async () => {
    await server.stop();
    sandbox.remove();
    await home.remove();
  });

  const environment = (): NodeJS.ProcessEnv => ({ PATH: `${manager.bin}:/usr/bin:/bin` });

  /** One such machine behind the real sshd, from its listing to its connection. */
  function withPrivateInstance(
    act: (connection: SshConnection, stopped: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const ssh = { user: server.user, port: server.port, identityFile: server.userKeyFile };
    return withEmulatedAws(
      async ({ emulator, provider }) => {
        const id = emulator.addInstance({ reachable: false, instanceProfile: "SessionManager" });
        await manager.setTargets({ [id]: { address: "127.0.0.9", region: "us-east-1" } });
        const hasProgram = async (name: string) =>
          (await programOnPath(name, { PATH: manager.bin }, process.platform)) !== undefined;
        const one = provider({ hasProgram });
        const connection = await one.connection(await theOne(one), never());
        if (connection.kind !== "ssh") throw new Error("It is not reached over SSH.");
        await act(connection, () => manager.setTargets({}));
      },
      { scope: { ...SCOPE, ssh } },
    );
  }

  it("is opened by the built-in client with its host key verified", () =>
    withPrivateInstance(async (connection) => {
      const remote = createTestRemote(home, { environment: environment() });
      expect((await errorOf(remote.openSession(connection, "background", forever))).code).toBe("host-key-unknown");
      await remote.pin(connection, [server.hostKeyPublic], forever);
      const session: Session = await remote.openSession(connection, "background", forever);
      expect([session.transport, await output(session, "echo private")]).toEqual(["ssh2", "private\n"]);
      session.close();
    }));

  it("is opened by the user's ssh, which is what a window does", () =>
    withPrivateInstance(async (connection) => {
      const { entry } = connection;
      if (!entry) throw new Error("There is no entry.");
      await sandbox.include().setEntries(entry.alias, [entry]);
      const trustFile = path.join(sandbox.folder, "known_hosts");
      await createTestRemote(home, { trustFile }).pin(connection, [server.hostKeyPublic], forever);
      const words = ["-F", sandbox.ownFile, "-o", "BatchMode=yes", "--", connection.alias, "echo by ssh"];
      expect((await run("ssh", words, { env: environment() })).stdout).toBe("by ssh\n");
    }));

  it("says in AWS's words why a session was refused", () =>
    withPrivateInstance(async (connection, stopped) => {
      await stopped();
      const remote = createTestRemote(home, { environment: environment() });
      const error = await errorOf(remote.openSession(connection, "background", forever));
      expect(error.code).toBe("unreachable");
      expect(error.message).toContain("TargetNotConnected");
    }));
});
