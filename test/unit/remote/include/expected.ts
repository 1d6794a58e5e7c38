import { execFileSync } from "node:child_process";
import type { SshEntry } from "../../../../src/core/connection.ts";

/** The whole output of `ssh -G` for one host, sorted: the order of its lines means nothing. */
export function readBySsh(file: string, alias: string): readonly string[] {
  const output = execFileSync("ssh", ["-G", "-F", file, "--", alias], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return output.trimEnd().split("\n").sort();
}

/**
 * What `ssh -G` must print for an entry, to the line: what it prints without any configuration, with the settings meant
 * in place of its own. Written from ssh_config(5) and not from the code under test.
 */
export function meantForSsh(unconfigured: readonly string[], entry: SshEntry, knownHosts: string, sshFolder: string) {
  const { identityFiles = [], proxyJump } = entry;
  const identities = [...new Set(identityFiles)].map((file) => file.replaceAll("%", "%%"));
  const set: Record<string, readonly (string | number | undefined)[]> = {
    host: [entry.alias],
    hostname: [entry.hostName.toLowerCase()],
    port: [entry.port ?? 22],
    user: [entry.user],
    identityfile: identities,
    identitiesonly: identities.length > 0 ? ["yes"] : [],
    hostkeyalias: [entry.hostKeyAlias],
    userknownhostsfile: [`${knownHosts} ${sshFolder}/known_hosts`],
    updatehostkeys: ["false"], // its default where UserKnownHostsFile is set
    stricthostkeychecking: ["true"],
    proxyjump: proxyJump === undefined || proxyJump === "none" ? [] : [asPrinted(proxyJump)],
    proxycommand: [entry.proxyCommand],
    serveraliveinterval: [10],
    serveralivecountmax: [3],
    forwardagent: [entry.forwardAgent === true ? "yes" : "no"],
  };
  const added = Object.entries(set).flatMap(([name, values]) =>
    values.flatMap((value) => (value === undefined ? [] : [`${name} ${value}`])),
  );
  const replaced = new Set(added.map((line) => line.split(" ", 1)[0]));
  const kept = unconfigured.filter((line) => !replaced.has(line.split(" ", 1)[0]));
  return [...kept, ...added].sort();
}

/** ssh puts the address of the last hop into brackets, also where it needs none. */
function asPrinted(proxyJump: string): string {
  return proxyJump.replace(/(^|[,@])([0-9.]+)(:\d+)?$/, "$1[$2]$3");
}
