import { describe, expect, it } from "vitest";
import { agentPath, parseIdentities } from "../../../src/remote/agent.ts";
import { hostKeyAlgorithms } from "../../../src/remote/algorithms.ts";
import { parseHostOptions, type HostOptions, type LocalUser } from "../../../src/remote/hostOptions.ts";
import { jumpArguments, parseHop } from "../../../src/remote/jumps.ts";
import { localProgram } from "../../../src/remote/localSession.ts";
import { needsOpenSsh, openSshMayGetIn, type HostFacts } from "../../../src/remote/needsOpenSsh.ts";
import { openSshArguments } from "../../../src/remote/opensshSession.ts";
import { openSshError, toConnectionError } from "../../../src/remote/connectionErrors.ts";
import { startProxyCommand } from "../../../src/remote/transport.ts";
import { GpuDevError } from "../../../src/core/error.ts";
import { inEnglish } from "../../../src/core/sentence.ts";

const LINUX: LocalUser = {
  home: "/home/jané doe",
  name: "jané",
  hostName: "laptop.lan",
  environment: { KEYS: "/keys", SOCK: "/run/agent.sock" },
  platform: "linux",
};
const WINDOWS: LocalUser = {
  home: String.raw`C:\Users\Jané Doe`,
  name: "jané",
  hostName: "LAPTOP",
  environment: {},
  platform: "win32",
};

function parse(lines: readonly string[], local = LINUX, newline = "\n"): HostOptions {
  const text = ["host box", "user jane", "hostname 10.0.0.1", "port 22", ...lines, ""].join(newline);
  const options = parseHostOptions(text, "box", local);
  if (!options) throw new Error("These are no options.");
  return options;
}

describe("the answer of ssh -G", () => {
  it("is undefined where it is not an answer", () => {
    for (const text of [
      "",
      "hello",
      "hostname box",
      "hostname box\nuser me\nport 99999",
      "hostname none\nuser a\nport 1",
    ]) {
      expect(parseHostOptions(text, "box", LINUX)).toBeUndefined();
    }
  });

  it("gives paths with tilde, tokens and variables replaced (F-26)", () => {
    const options = parse([
      "identityfile ~/.ssh/id_%r",
      "identityfile %d/100%% %n-%h-%p-%L",
      "identityfile ${KEYS}/a b",
      "identityfile none",
    ]);
    expect(options.identityFiles).toEqual([
      "/home/jané doe/.ssh/id_jane",
      "/home/jané doe/100% box-10.0.0.1-22-laptop",
      "/keys/a b",
    ]);
  });

  it("is read on Windows with its line ends and paths (F-26)", () => {
    const options = parse(
      ["identityfile ~/.ssh/id_ed25519", String.raw`userknownhostsfile C:\Users\Jané Doe/.ssh/known_hosts D:\x y\k`],
      WINDOWS,
      "\r\n",
    );
    expect(options.identityFiles).toEqual([String.raw`C:\Users\Jané Doe\.ssh\id_ed25519`]);
    expect(options.knownHostsFiles).toEqual([String.raw`C:\Users\Jané Doe/.ssh/known_hosts`, String.raw`D:\x y\k`]);
  });

  it("finds the machine's known hosts on Windows, and leaves them to the ssh program there", () => {
    const options = parse(
      [
        String.raw`userknownhostsfile C:\Users\Jané Doe/.ssh/known_hosts`,
        String.raw`globalknownhostsfile __PROGRAMDATA__\ssh/ssh_known_hosts __PROGRAMDATA__\ssh/ssh_known_hosts2`,
      ],
      { ...WINDOWS, environment: { ProgramData: String.raw`D:\ProgramData` } },
    );
    const machine = [String.raw`D:\ProgramData\ssh/ssh_known_hosts`, String.raw`D:\ProgramData\ssh/ssh_known_hosts2`];
    const own = String.raw`C:\Users\Jané Doe/.ssh/known_hosts`;
    expect(options.knownHostsFiles).toEqual([own, ...machine]);
    const request = {
      program: { file: () => "ssh", environment: {}, platform: "win32" as const },
      options,
      sshArguments: ["--", "box"],
      trustFile: String.raw`C:\ours`,
    };
    expect(openSshArguments(request)).toContain('UserKnownHostsFile="C:/ours" "C:/Users/Jané Doe/.ssh/known_hosts"');
  });

  it("keeps files apart whose paths hold spaces, and their percent signs", () => {
    const options = parse([
      "userknownhostsfile /tmp/a b/100%/k ~/.ssh/known_hosts",
      "globalknownhostsfile /etc/ssh/ssh_known_hosts",
    ]);
    expect(options.knownHostsFiles).toEqual([
      "/tmp/a b/100%/k",
      "/home/jané doe/.ssh/known_hosts",
      "/etc/ssh/ssh_known_hosts",
    ]);
    expect(parse(["userknownhostsfile none"]).knownHostsFiles).toEqual([]);
  });

  it("names the agent, by path, by variable or not at all", () => {
    const path = (line: string[], local = LINUX, environment: NodeJS.ProcessEnv = { SSH_AUTH_SOCK: "/env" }) =>
      agentPath(parse(line, local), environment, local.platform);
    expect(path([])).toBe("/env");
    expect(path(["identityagent none"])).toBeUndefined();
    expect(path(["identityagent ~/agent sock"])).toBe("/home/jané doe/agent sock");
    expect(path(["identityagent $SOCK"])).toBe("/run/agent.sock");
    expect(path([], LINUX, {})).toBeUndefined();
    expect(path([], WINDOWS, {})).toBe(String.raw`\\.\pipe\openssh-ssh-agent`);
  });
});

describe("the hops of a ProxyJump", () => {
  it.each([
    ["gate", { host: "gate" }],
    ["me@gate:2222", { user: "me", host: "gate", port: "2222" }],
    ["me@[fe80::1]:22", { user: "me", host: "fe80::1", port: "22" }],
    ["ssh://a@b.example:1", { user: "a", host: "b.example", port: "1" }],
    ["a@corp@gate", { user: "a@corp", host: "gate" }],
    ["fe80::1", { host: "fe80::1" }],
  ])("read %s", (hop, expected) => {
    expect(parseHop(hop)).toEqual(expected);
  });

  it("reach the last through those before it", () => {
    expect(jumpArguments("a,b@c:22, d:3")).toEqual(["-p", "3", "-o", "ProxyJump=a,b@c:22", "--", "d"]);
    expect(jumpArguments("a")).toEqual(["--", "a"]);
  });
});

describe("who serves a host", () => {
  const facts: HostFacts = {
    certificates: [],
    identityTypes: ["ssh-ed25519"],
    agentTypes: [],
    unreadableIdentities: [],
    knownHostKeyTypes: [],
    authorityOnly: false,
  };
  const reason = (lines: readonly string[], own: Partial<HostFacts> = {}): string | undefined => {
    const found = needsOpenSsh(parse(lines), { ...facts, ...own });
    expect(found?.values ?? []).toEqual([]); // whole sentences, so that each can be translated
    return found && inEnglish(found);
  };

  it("is the built-in client for everything ordinary", () => {
    const ordinary = ["gssapiauthentication yes", "pkcs11provider none", "preferredauthentications publickey,password"];
    expect(reason(ordinary)).toBeUndefined();
    expect(reason([], { identityTypes: [], agentTypes: ["sk-ssh-ed25519@openssh.com"] })).toBeUndefined();
    expect(reason([], { identityTypes: ["sk-ssh-ed25519@openssh.com"], agentTypes: ["ssh-rsa"] })).toBeUndefined();
    expect(reason([], { knownHostKeyTypes: ["ssh-rsa", "sk-ssh-ed25519@openssh.com"] })).toBeUndefined();
  });

  it.each([
    ["certificate", [], { certificates: ["/k-cert.pub"] }],
    ["PKCS#11", ["pkcs11provider /usr/lib/p.so"], {}],
    ["KnownHostsCommand", ["knownhostscommand /bin/x %H"], {}],
    ["RevokedHostKeys", ["revokedhostkeys /etc/krl"], {}],
    ["ProxyUseFdpass", ["proxyusefdpass yes"], {}],
    ["host certificate", [], { authorityOnly: true }],
    ["host key", [], { knownHostKeyTypes: ["sk-ssh-ed25519@openssh.com"] }],
    ["Kerberos", ["preferredauthentications gssapi-with-mic,hostbased"], {}],
    ["security key", [], { identityTypes: ["sk-ssh-ed25519@openssh.com"] }],
  ])("is the ssh program because of: %s", (words, lines, own) => {
    expect(reason(lines, own)).toContain(words);
  });

  it("is the ssh program after a refusal, where it has more to offer", () => {
    const may = (lines: readonly string[], own: Partial<HostFacts>, offered: readonly string[] = ["publickey"]) =>
      openSshMayGetIn(parse(lines), { ...facts, ...own }, offered) !== undefined;
    expect(may(["gssapiauthentication yes"], {})).toBe(false);
    expect(may(["gssapiauthentication yes"], {}, ["gssapi-with-mic"])).toBe(true);
    expect(may(["hostbasedauthentication yes"], {}, ["hostbased"])).toBe(true);
    expect(may([], { agentTypes: ["ssh-ed25519-cert-v01@openssh.com"] })).toBe(true);
    expect(may([], { agentTypes: ["sk-ssh-ed25519@openssh.com"] })).toBe(true);
    expect(may([], { unreadableIdentities: ["/k"] })).toBe(true);
    expect(may([], { sharedConnection: "/s" })).toBe(true);
  });
});

describe("the algorithms offered to a host", () => {
  const chosen = parse(["hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com,rsa-sha2-512,ssh-ed25519,rsa-sha2-256"]);

  it("are the user's, as far as the client knows them", () => {
    expect(hostKeyAlgorithms(chosen, [])).toEqual(["rsa-sha2-512", "ssh-ed25519", "rsa-sha2-256"]);
    expect(hostKeyAlgorithms(parse([]), [])).not.toContain("ssh-rsa");
  });

  it("are only those of the keys on record", () => {
    expect(hostKeyAlgorithms(chosen, ["ssh-ed25519"])).toEqual(["ssh-ed25519"]);
    expect(hostKeyAlgorithms(chosen, ["ssh-rsa"])).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
    expect(hostKeyAlgorithms(chosen, ["ecdsa-sha2-nistp256"])).toEqual(["ecdsa-sha2-nistp256"]);
  });
});

describe("command lines", () => {
  it("of this machine are read by sh, or by cmd without its AutoRun", () => {
    expect(localProgram("a 'b'", {}, "linux")).toMatchObject({ file: "/bin/sh", arguments: ["-c", "a 'b'"] });
    expect(localProgram('"C:\\x y\\n.exe" -L', {}, "win32")).toMatchObject({
      file: "cmd.exe",
      arguments: ["/d", "/s", "/c", '""C:\\x y\\n.exe" -L"'],
      verbatim: true,
    });
  });

  it("of the ssh program leave nothing to ask, forward or listen on, and read our own record of keys too", () => {
    const program = { file: () => "ssh", environment: {}, platform: "win32" as const };
    const all = openSshArguments({
      program,
      options: parse([String.raw`userknownhostsfile C:\Users\Jané Doe\k`], WINDOWS),
      sshArguments: ["--", "box"],
      trustFile: String.raw`C:\Users\Jané 100%\known_hosts`,
    });
    expect(all).toContain('UserKnownHostsFile="C:/Users/Jané 100%%/known_hosts" "C:/Users/Jané Doe/k"');
    for (const setting of [
      "BatchMode=yes",
      "StrictHostKeyChecking=yes",
      "ClearAllForwardings=yes",
      "RemoteCommand=none",
    ]) {
      expect(all).toContain(setting);
    }
    expect(all.slice(-2)).toEqual(["--", "box"]);
  });
});

describe("a ProxyCommand", () => {
  // Some builds of ssh refuse such names by themselves; names from a configuration file pass through others.
  it.each([{ hostName: "a;touch x" }, { hostName: "$(id)" }, { user: "me`id`" }, { user: "-oProxyCommand=x" }])(
    "is not started for a host that its shell could misread: %o",
    (mean) => {
      const local = { environment: {}, platform: "linux" as const };
      expect(() => startProxyCommand({ ...parse([]), ...mean }, "echo %h %r", local)).toThrow(GpuDevError);
    },
  );
});

describe("the words of a failure", () => {
  it.each([
    ["Host key verification failed.", "host-key-unknown"],
    ["@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.", "host-key-changed"],
    ["me@box: Permission denied (publickey).", "authentication"],
    ["ssh: connect to host 10.0.0.1 port 22: Connection refused", "unreachable"],
    ["ssh: Could not resolve hostname nowhere: Name or service not known", "unreachable"],
    ["Timeout, server 10.0.0.1 not responding.", "unreachable"],
    ["/etc/ssh/ssh_config: line 3: Bad configuration option: prot", "configuration"],
  ])("of ssh are understood: %s", (stderr, code) => {
    expect(openSshError(stderr, "box")?.code).toBe(code);
  });

  it("of a remote command are not taken for ssh's own", () => {
    expect(openSshError("nvidia-smi: some failure", "box")).toBeUndefined();
  });

  it("of the network are put into words, whatever they are", () => {
    const refused = Object.assign(new AggregateError([new Error("connect ECONNREFUSED ::1:22")]), {
      code: "ECONNREFUSED",
    });
    expect(toConnectionError(refused, "box").message).toBe(
      "box refuses the connection: no SSH server listens on that port.",
    );
    expect(toConnectionError("odd", "box")).toMatchObject({ code: "unreachable" });
  });
});

describe("the list of an agent", () => {
  it("is empty where the answer is cut, wrong or endless", () => {
    expect(parseIdentities(Buffer.alloc(0))).toEqual([]);
    expect(parseIdentities(Buffer.from([0, 0, 0, 1, 5]))).toEqual([]);
    expect(parseIdentities(Buffer.from([0, 0, 0, 5, 12, 255, 255, 255, 255, 0, 0, 0, 9, 1]))).toEqual([]);
  });
});
