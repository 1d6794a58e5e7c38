import { execFile, spawn } from "node:child_process";
import { appendFile, copyFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Session, SessionMode } from "../../../src/core/session.ts";
import type { RemoteDependencies } from "../../../src/remote/openSession.ts";
import { startSshd, type Sshd, type SshdOptions } from "../../sandbox/sshd.ts";
import {
  createFakeAsk,
  createHome,
  createTestRemote,
  errorOf,
  forever,
  host,
  output,
  severalInATurn,
  until,
  type Home,
} from "./support.ts";

const run = promisify(execFile);
let home: Home;
let server: Sshd;
let jump: Sshd;
const sessions: Session[] = [];
const extras: Sshd[] = [];

beforeAll(async () => {
  home = await createHome();
  server = await startSshd({
    directory: home.file("server"),
    addresses: ["127.0.0.2"],
    environment: { HOME: home.directory },
  });
  jump = await startSshd({
    directory: home.file("jump"),
    addresses: ["127.0.0.3"],
    environment: { HOME: home.directory },
  });
  await home.know(server, jump);
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.close();
  for (const extra of extras.splice(0)) await extra.stop();
  await home.know(server, jump);
});
afterAll(async () => {
  await server.stop();
  await jump.stop();
  await home.remove();
});

async function open(alias: string, overrides: Partial<RemoteDependencies> = {}): Promise<Session> {
  const session = await createTestRemote(home, overrides).openSession(host(alias), "background", forever);
  sessions.push(session);
  return session;
}

/** A server of one test alone. */
async function startExtra(options: SshdOptions): Promise<Sshd> {
  const extra = await startSshd({ environment: { HOME: home.directory }, ...options });
  extras.push(extra);
  return extra;
}

const keyLine = (name: string): string => `  IdentityFile "${home.file(name).replaceAll("%", "%%")}"`;
const address = (user = server.user): readonly string[] => [
  "  HostName 127.0.0.2",
  `  Port ${server.port}`,
  `  User ${user}`,
  "  IdentitiesOnly yes",
];

async function makeKey(name: string, ...options: readonly string[]): Promise<string> {
  await run("ssh-keygen", ["-q", "-C", name, "-f", home.file(name), ...options]);
  const publicKey = await readFile(home.file(`${name}.pub`), "utf8");
  await appendFile(home.file("server/authorized_keys"), publicKey);
  return publicKey;
}

describe("the way to a host", () => {
  it("leads through jump hosts, each with its own key and settings", async () => {
    await home.configure(server.sshConfig("box"), "  ProxyJump gate", jump.sshConfig("gate"));
    const session = await open("box");
    expect(session.transport).toBe("ssh2");
    expect(await output(session, "echo $SSH_CONNECTION")).toContain(`127.0.0.2 ${server.port}`);
  });

  it("hands on in a row what nobody waits for, and answers in between, behind a jump host too", async () => {
    await home.configure(server.sshConfig("box"), "  ProxyJump gate", jump.sshConfig("gate"));
    const session = await open("box");
    const stream = await session.stream("while sleep 0.03; do echo line; done", forever, "together");
    await severalInATurn(stream);
    expect(await output(session, "echo answer")).toBe("answer\n");
    await severalInATurn(stream);
    stream.stop();
    await stream.ended;
  });

  it("leads through two jump hosts named in one line, with a user and a port", async () => {
    await home.configure(
      server.sshConfig("box"),
      `  ProxyJump gate,${jump.user}@127.0.0.3:${jump.port}`,
      jump.sshConfig("gate"),
      "Host 127.0.0.3",
      keyLine("jump/userkey"),
    );
    expect(await output(await open("box"), "echo through")).toBe("through\n");
  });

  it("refuses jump hosts that lead in a circle", async () => {
    await home.configure(jump.sshConfig("one"), "  ProxyJump two", jump.sshConfig("two"), "  ProxyJump one");
    expect((await errorOf(open("one"))).code).toBe("configuration");
  });

  it("verifies the jump host too", async () => {
    await home.know(server);
    await home.configure(server.sshConfig("box"), "  ProxyJump gate", jump.sshConfig("gate"));
    const error = await errorOf(open("box"));
    expect(error.code).toBe("host-key-unknown");
    expect(error.message).toContain("127.0.0.3");
  });

  it("says so when the jump host cannot reach the host", async () => {
    await home.configure("Host box", "  HostName 127.0.0.2", "  Port 1", "  ProxyJump gate", jump.sshConfig("gate"));
    const error = await errorOf(open("box"));
    expect(error.code).toBe("unreachable");
    expect(error.message).toContain("jump host");
  });

  it("ends the session behind a jump host when the jump host goes", async () => {
    const gate = await startExtra({ directory: home.file("gate"), addresses: ["127.0.0.4"] });
    await home.know(server, jump, gate);
    await home.configure(server.sshConfig("box"), "  ProxyJump gate", gate.sshConfig("gate"));
    const session = await open("box");
    const reason = new Promise((resolve) => session.onDidClose(resolve));
    await gate.stop();
    expect(await reason).toMatchObject({ code: "unreachable" });
  });

  it("leads through a ProxyCommand with its tokens replaced, and leaves no process behind", async () => {
    const pipe = `${process.execPath} -e 'const s=require("net").connect(+process.argv[2],process.argv[1]);process.stdin.pipe(s).pipe(process.stdout)' %h %p %r@%n%%`;
    await home.configure(server.sshConfig("box"), `  ProxyCommand ${pipe}`);
    const session = await open("box");
    expect(session.transport).toBe("ssh2");
    const mark = `127.0.0.2 ${server.port} ${server.user}@box%`;
    expect(await output(session, "ps -eo args")).toContain(mark);
    session.close();
    await until("the proxy is gone", async () => !(await run("ps", ["-eo", "args"])).stdout.includes(mark));
  });

  it("passes on what a failing ProxyCommand says", async () => {
    await home.configure(server.sshConfig("box"), "  ProxyCommand echo gateway is closed >&2; exit 1");
    const error = await errorOf(open("box"));
    expect(error.code).toBe("unreachable");
    expect(error.message).toContain("gateway is closed");
  });

  it("hands no host name with a shell's characters to a ProxyCommand", async () => {
    await home.configure("Host box", `  HostName "a;touch${home.file("pwned")}"`, "  ProxyCommand echo %h");
    expect((await errorOf(open("box"))).code).toBe("configuration");
  });

  it("goes direct where ProxyCommand and ProxyJump are none", async () => {
    await home.configure(server.sshConfig("box"), "  ProxyCommand none", "  ProxyJump none");
    expect(await output(await open("box"), "echo direct")).toBe("direct\n");
  });
});

describe("what opens a host", () => {
  it("may be a connection that no configuration knows, with its own entry", async () => {
    await home.configure();
    const entry = { alias: "made", hostName: "127.0.0.2", port: server.port, identityFiles: [server.userKeyFile] };
    const remote = createTestRemote(home);
    const session = await remote.openSession({ kind: "ssh", alias: "made", entry }, "background", forever);
    sessions.push(session);
    expect(await output(session, "echo entry")).toBe("entry\n");
  });

  it.each([
    ["rsa", ["-t", "rsa", "-N", ""]],
    ["rsa in PEM form", ["-t", "rsa", "-m", "PEM", "-N", ""]],
    ["ecdsa", ["-t", "ecdsa", "-N", ""]],
    ["ed25519", ["-t", "ed25519", "-N", ""]],
  ])("may be a key of the kind %s", async (name, options) => {
    await makeKey(name, ...options);
    await home.configure("Host box", ...address(), keyLine(name));
    expect((await open("box")).transport).toBe("ssh2");
  });

  it("may be an encrypted key: named in the background, asked for once, and remembered", async () => {
    await makeKey("locked", "-t", "ed25519", "-N", "correct horse");
    await home.configure("Host box", ...address(), keyLine("locked"));
    const ask = createFakeAsk({ passphrases: ["wrong", "correct horse"] });
    const remote = createTestRemote(home, { ask });
    const error = await errorOf(remote.openSession(host("box"), "background", forever));
    expect(error.code).toBe("authentication");
    expect(error.message).toContain("passphrase");
    expect(ask.passphrases).toEqual([]);
    sessions.push(await remote.openSession(host("box"), "interactive", forever));
    expect(ask.passphrases.map(({ attempt }) => attempt)).toEqual([1, 2]);
    sessions.push(await remote.openSession(host("box"), "background", forever));
    expect(ask.passphrases).toHaveLength(2);
  });

  it("asks for no passphrase where the server would not take the key", async () => {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", home.file("stranger")]);
    await home.configure("Host box", ...address(), keyLine("stranger"));
    const ask = createFakeAsk({ passphrases: ["secret"] });
    const error = await errorOf(createTestRemote(home, { ask }).openSession(host("box"), "interactive", forever));
    expect(error.code).toBe("authentication");
    expect(ask.passphrases).toEqual([]);
  });

  it("may be a key in an agent, named by the configuration or by the environment", async () => {
    const socket = home.file("agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    await new Promise((resolve) => agent.stdout.once("data", resolve));
    try {
      await makeKey("held", "-t", "ecdsa", "-N", "");
      await run("ssh-add", ["-q", home.file("held")], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      await rename(home.file("held"), home.file("held elsewhere"));
      await home.configure(
        "Host box",
        "  IdentitiesOnly no",
        ...address(),
        `  IdentityAgent "${socket.replaceAll("%", "%%")}"`,
      );
      expect((await open("box")).transport).toBe("ssh2");
      // With IdentitiesOnly, the public half names which of the agent's keys may be used.
      await home.configure("Host box", ...address(), keyLine("held"));
      expect((await open("box", { environment: { ...process.env, SSH_AUTH_SOCK: socket } })).transport).toBe("ssh2");
      await rm(home.file("held.pub"));
      const refused = open("box", { environment: { ...process.env, SSH_AUTH_SOCK: socket } });
      expect((await errorOf(refused)).code).toBe("authentication");
    } finally {
      agent.kill();
    }
  });

  it("may be a certificate, through the ssh program", async () => {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", home.file("authority")]);
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", home.file("certified")]);
    await run("ssh-keygen", [
      "-q",
      "-s",
      home.file("authority"),
      "-I",
      "me",
      "-n",
      server.user,
      home.file("certified.pub"),
    ]);
    await copyFile(home.file("authority.pub"), home.file("authority public"));
    const certifying = await startExtra({
      directory: home.file("certifying"),
      addresses: ["127.0.0.5"],
      certificateAuthority: home.file("authority public"),
    });
    await home.know(certifying);
    await home.configure("Host box", "  HostName 127.0.0.5", `  Port ${certifying.port}`, keyLine("certified"));
    const log: string[] = [];
    const session = await open("box", { log: (line) => log.push(line) });
    expect(session.transport).toBe("openssh");
    expect(session.shell).toBe("posix");
    expect(log.join()).toContain("certificate");
    const result = await session.exec("echo out; echo err >&2; exit 7", { signal: forever, timeoutMs: 10_000 });
    expect(result).toEqual({ stdout: "out\n", stderr: "err\n", exitCode: 7, truncated: false });
    const stream = await session.stream("while read line; do echo got $line; done; echo end", forever);
    stream.stop();
    await stream.ended;
    await certifying.stop();
    const reason = new Promise((resolve) => session.onDidClose(resolve));
    expect((await errorOf(output(session, "true"))).code).toBe("unreachable");
    expect(await reason).toMatchObject({ code: "unreachable" });
    await home.know(server, jump);
  });

  it("asks for an unknown host's key before the ssh program is used", async () => {
    const certifying = await startExtra({
      directory: home.file("certifying"),
      addresses: ["127.0.0.5"],
      certificateAuthority: home.file("authority public"),
    });
    await writeFile(home.knownHosts, "");
    await home.configure("Host box", "  HostName 127.0.0.5", `  Port ${certifying.port}`, keyLine("certified"));
    const ask = createFakeAsk({ trust: true });
    const remote = createTestRemote(home, { ask });
    expect((await errorOf(remote.openSession(host("box"), "background", forever))).code).toBe("host-key-unknown");
    const session = await remote.openSession(host("box"), "interactive", forever);
    expect(session.transport).toBe("openssh");
    expect(ask.hostKeys).toHaveLength(1);
  });

  it("may show a host certificate of a trusted authority, which the ssh program checks", async () => {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", home.file("host authority")]);
    const plain = await startExtra({ directory: home.file("host certified"), addresses: ["127.0.0.7"] });
    await plain.stop();
    const sign = ["-q", "-h", "-s", home.file("host authority"), "-I", "host", "-n", "127.0.0.7"];
    await run("ssh-keygen", [...sign, `${plain.hostKeyFile}.pub`]);
    const certified = await startExtra({
      directory: plain.directory,
      addresses: ["127.0.0.7"],
      settings: [`HostCertificate "${plain.hostKeyFile}-cert.pub"`],
    });
    const authority = await readFile(home.file("host authority.pub"), "utf8");
    await home.configure(certified.sshConfig("box"));
    await writeFile(home.knownHosts, `@cert-authority 127.0.0.* ${authority}`);
    const log: string[] = [];
    expect((await open("box", { log: (line) => log.push(line) })).transport).toBe("openssh");
    expect(log.join()).toContain("host certificate");
    await writeFile(home.knownHosts, `@cert-authority 127.0.0.* ${server.hostKeyPublic}\n`);
    const error = await errorOf(open("box"));
    expect(error.code).toBe("host-key-unknown");
  });

  it("may be a key that only OpenSSH reads, found by one refused attempt and remembered", async () => {
    await makeKey("pkcs8", "-t", "ecdsa", "-m", "PKCS8", "-N", "");
    await home.configure("Host box", ...address(), keyLine("pkcs8"));
    const log: string[] = [];
    const remote = createTestRemote(home, { log: (line) => log.push(line) });
    for (let time = 0; time < 2; time += 1) {
      const session = await remote.openSession(host("box"), "background", forever);
      sessions.push(session);
      expect(session.transport).toBe("openssh");
    }
    expect(log).toHaveLength(2);
    expect(log[0]).toContain("key file");
  });

  it("is found anew when the user reconnects, who may have edited the configuration a moment ago", async () => {
    await makeKey("only OpenSSH reads", "-t", "ecdsa", "-m", "PKCS8", "-N", "");
    await home.configure("Host box", ...address(), keyLine("only OpenSSH reads"));
    const remote = createTestRemote(home);
    const transport = async (mode: SessionMode): Promise<string> => {
      const session = await remote.openSession(host("box"), mode, forever);
      sessions.push(session);
      return session.transport;
    };
    expect(await transport("background")).toBe("openssh");
    await home.configure(server.sshConfig("box"));
    expect(await transport("background")).toBe("openssh");
    expect(await transport("interactive")).toBe("ssh2");
    expect(await transport("background")).toBe("ssh2");
  });

  it("is never a password that nobody was asked for", async () => {
    const open = await startExtra({
      directory: home.file("passwords"),
      addresses: ["127.0.0.6"],
      acceptPasswords: true,
    });
    await home.know(open);
    await home.configure("Host box", "  HostName 127.0.0.6", `  Port ${open.port}`, "  IdentityFile none");
    const ask = createFakeAsk({ answers: [["wrong"], ["wrong again"]] });
    const remote = createTestRemote(home, { ask });
    const background = await errorOf(remote.openSession(host("box"), "background", forever));
    expect(background.message).toContain("asks for a password");
    expect(ask.prompts).toEqual([]);
    const error = await errorOf(remote.openSession(host("box"), "interactive", forever));
    expect(error.code).toBe("authentication");
    expect(ask.prompts).toHaveLength(3);
  });
});
