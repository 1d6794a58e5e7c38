import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, copyFile, readFile, writeFile, stat } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SSHD = "/usr/sbin/sshd";
/** Linux ends the server with the process that started it, however that one ends. */
const DIES_WITH_US = process.platform === "linux" ? (["setpriv", "--pdeathsig", "KILL"] as const) : ([] as const);
const START_DEADLINE_MS = 15_000;

export interface SshdOptions {
  /** Holds the keys, configuration and log; made where it does not exist, and its keys are used again where they do. */
  readonly directory: string;
  /** Of the loopback network; Linux needs no set-up for 127.0.0.2 and its neighbours. Default: 127.0.0.1. */
  readonly addresses?: readonly string[];
  /** Default: one that is free on every address. */
  readonly port?: number;
  /** Of every command; set PATH and HOME here to keep the real ones of this machine out. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs in place of every command, by the user's login shell; $SSH_ORIGINAL_COMMAND holds what was asked. */
  readonly forceCommand?: string;
  /** Offers password authentication, against the passwords of this machine. */
  readonly acceptPasswords?: boolean;
  /** Path of a public key; user certificates that it signed are accepted. */
  readonly certificateAuthority?: string;
  /** Of the host key: ed25519 where absent. */
  readonly hostKeyType?: "ed25519" | "rsa" | "ecdsa";
  readonly logLevel?: "ERROR" | "VERBOSE" | "DEBUG2";
  /** Further lines of sshd_config; they win over what this file sets. */
  readonly settings?: readonly string[];
  /** Words before the program, such as `nsenter` and its arguments, that become the server; `port` is needed then. */
  readonly within?: readonly string[];
}

/** A running OpenSSH server on loopback. */
export interface Sshd {
  readonly directory: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly user: string;
  readonly hostKeyFile: string;
  /** "ssh-ed25519 AAAA… comment" */
  readonly hostKeyPublic: string;
  /** The private key that opens it. */
  readonly userKeyFile: string;
  readonly logFile: string;
  readonly pid: number;
  /** Lines for a client's known_hosts, one for each address. */
  readonly knownHosts: string;
  /** A `Host` block for an ssh_config; `address` where it is not the first. */
  sshConfig(alias: string, address?: string): string;
  /** The pids of the server and of everything it started. */
  processes(): Promise<readonly number[]>;
  /** Stops every process of the server, so that connections are open and dead. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the server, its connections and their commands, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts a server and waits until it answers on every address. Throws with its log where it does not. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const directory = path.resolve(options.directory);
  const addresses = options.addresses ?? ["127.0.0.1"];
  await makeKeys(directory, options.hostKeyType ?? "ed25519");
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });
  const port = options.port ?? (await freePort(addresses));
  const configuration = path.join(directory, "sshd_config");
  await writeFile(configuration, sshdConfig({ ...options, directory, addresses, port }));
  await run(SSHD, ["-t", "-f", configuration]);
  const logFile = path.join(directory, "sshd.log");
  const [program = SSHD, ...words] = [
    ...DIES_WITH_US,
    ...(options.within ?? []),
    SSHD,
    "-D",
    "-f",
    configuration,
    "-E",
    logFile,
  ];
  const child = spawn(program, words, { stdio: "ignore" });
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.setMaxListeners(0); // one for each server, and there may be dozens
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  for (const address of addresses) await untilAnswering({ child, address, port, logFile });
  return describe({ directory, addresses, port, child, hostKeyPublic: await readPublicHostKey(directory) });
}

interface Running {
  readonly directory: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly child: ChildProcess;
  readonly hostKeyPublic: string;
}

function describe({ directory, addresses, port, child, hostKeyPublic }: Running): Sshd {
  const pid = child.pid ?? 0;
  const userKeyFile = path.join(directory, "userkey");
  const user = os.userInfo().username;
  const [keyType = "", key = ""] = hostKeyPublic.split(" ");
  return {
    directory,
    addresses,
    port,
    user,
    hostKeyFile: path.join(directory, "hostkey"),
    hostKeyPublic,
    userKeyFile,
    logFile: path.join(directory, "sshd.log"),
    pid,
    knownHosts: addresses.map((address) => `${knownHostsName(address, port)} ${keyType} ${key}\n`).join(""),
    sshConfig: (alias, address = addresses[0] ?? "127.0.0.1") =>
      [
        `Host ${alias}`,
        `  HostName ${address}`,
        `  Port ${port}`,
        `  User ${user}`,
        `  IdentityFile "${userKeyFile.replaceAll("%", "%%")}"`,
        "  IdentitiesOnly yes",
        "",
      ].join("\n"),
    processes: () => processTree(pid),
    pause: () => signalTree(pid, "SIGSTOP"),
    resume: () => signalTree(pid, "SIGCONT"),
    stop: () => stop(child),
  };
}

function knownHostsName(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${port}`;
}

async function makeKeys(directory: string, hostKeyType: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await makeKey(path.join(directory, "hostkey"), hostKeyType);
  await makeKey(path.join(directory, "userkey"), "ed25519");
  await copyFile(path.join(directory, "userkey.pub"), path.join(directory, "authorized_keys"));
}

async function makeKey(file: string, type: string): Promise<void> {
  const exists = await stat(file).then(
    () => true,
    () => false,
  );
  if (!exists) await run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", path.basename(file), "-f", file]);
}

async function readPublicHostKey(directory: string): Promise<string> {
  return (await readFile(path.join(directory, "hostkey.pub"), "utf8")).trim();
}

function sshdConfig(options: SshdOptions & { readonly addresses: readonly string[]; readonly port: number }): string {
  const inDirectory = (name: string): string => path.join(options.directory, name);
  const environment = Object.entries(options.environment ?? {}).map(([name, value]) => `"${name}=${value}"`);
  const lines = [
    // sshd keeps the first value it reads of each keyword.
    ...(options.settings ?? []),
    `Port ${options.port}`,
    ...options.addresses.map((address) => `ListenAddress ${address}`),
    `HostKey "${inDirectory("hostkey")}"`,
    "PidFile none",
    `AuthorizedKeysFile "${inDirectory("authorized_keys").replaceAll("%", "%%")}"`,
    "StrictModes no",
    "UsePAM no",
    `PasswordAuthentication ${options.acceptPasswords ? "yes" : "no"}`,
    "KbdInteractiveAuthentication no",
    `PermitRootLogin ${options.acceptPasswords ? "yes" : "prohibit-password"}`,
    "PrintMotd no",
    "PrintLastLog no",
    "UseDNS no",
    "MaxStartups 1000:30:2000",
    "MaxSessions 100",
    `LogLevel ${options.logLevel ?? "ERROR"}`,
    ...(environment.length > 0 ? [`SetEnv ${environment.join(" ")}`] : []),
    ...(options.forceCommand ? [`ForceCommand ${options.forceCommand}`] : []),
    ...(options.certificateAuthority ? [`TrustedUserCAKeys "${options.certificateAuthority}"`] : []),
    "Subsystem sftp internal-sftp",
    "",
  ];
  return lines.join("\n");
}

/** Another process may take it before the server does; then the server says so and exits. */
export async function freePort(addresses: readonly string[]): Promise<number> {
  const probes: net.Server[] = [];
  try {
    let port = 0;
    for (const address of addresses) {
      const probe = net.createServer();
      probes.push(probe);
      probe.listen(port, address);
      await once(probe, "listening");
      const bound = probe.address();
      if (bound !== null && typeof bound === "object") port = bound.port;
    }
    return port;
  } finally {
    for (const probe of probes) probe.close();
  }
}

interface Waiting {
  readonly child: ChildProcess;
  readonly address: string;
  readonly port: number;
  readonly logFile: string;
}

async function untilAnswering({ child, address, port, logFile }: Waiting): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers(address, port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      const log = await readFile(logFile, "utf8").catch(() => "");
      child.kill("SIGKILL");
      throw new Error(`sshd does not answer on ${address}:${port}. ${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** True once the far side has said "SSH-". */
function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port });
    const end = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once("data", (chunk) => end(chunk.toString("latin1").startsWith("SSH-")));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}

/** Parents first. Each connection of sshd is a session of its own, so that a process group does not find them. */
async function processTree(root: number): Promise<readonly number[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
  const children = new Map<number, number[]>();
  for (const line of stdout.split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid !== undefined && parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

async function signalTree(root: number, signal: NodeJS.Signals): Promise<void> {
  for (const pid of await processTree(root)) signalOne(pid, signal);
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  // The server first, so that it accepts nothing more; a stopped process hears SIGKILL all the same.
  const pids = await processTree(child.pid);
  for (const pid of pids) signalOne(pid, "SIGKILL");
  await gone;
}
