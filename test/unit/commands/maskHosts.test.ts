import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHostMask, type NamedHost } from "../../../src/commands/maskHosts.ts";

const host = (name: string, ...otherNames: readonly string[]): NamedHost => ({ name, otherNames });

describe("a report that is shared", () => {
  it.each([
    ["dev@10.1.2.3:22", "<host 2>"],
    ["the host trainer, TRAINER, (trainer): trainer.", "the host <host 1>, TRAINER, (<host 1>): <host 1>."],
    ["ssh/config/trainer: session open (ssh2).", "<host 1>: session open (ssh2)."],
    ["a1 is a host, a12 and Xa1 are none", "<host 3> is a host, a12 and Xa1 are none"],
    ["Lab Box, by its alias lab-box-0a1b2c", "<host 4>, by its alias <host 4>"],
  ])("numbers a host wherever it is named: %s", (text, masked) => {
    const trainer = host("trainer", "ssh/config/trainer");
    const mask = createHostMask([trainer, host("dev@10.1.2.3:22"), host("a1"), host("Lab Box", "lab-box-0a1b2c")]);
    expect(mask(text)).toBe(masked);
  });

  it.each([
    ["connect ECONNREFUSED 192.168.7.20:22", "connect ECONNREFUSED <address 1>:22"],
    ["connect ECONNREFUSED fe80::1%eth0", "connect ECONNREFUSED <address 1>"],
    ["fe80::1: unreachable", "<address 1>: unreachable"],
    ["from cafe:10.0.0.1", "from cafe:<address 1>"],
    ["connect to [2001:db8::7]:2222", "connect to [<address 1>]:2222"],
    ["getaddrinfo ENOTFOUND gpu7", "getaddrinfo ENOTFOUND <address 1>"],
    ["ssh: Could not resolve hostname gpu7: Name", "ssh: Could not resolve hostname <address 1>: Name"],
    ["Connection closed by gpu7 port 22", "Connection closed by <address 1> port 22"],
    ["dev@gpu7: Permission denied", "dev@<address 1>: Permission denied"],
    ["dev@10.0.0.9 port 22, again 10.0.0.9", "dev@<address 1> port 22, again <address 1>"],
    ["gpu7.lab.example.com. does not answer", "<address 1>. does not answer"],
    ["via Bastion.example.com and bastion.example.com", "via <address 1> and <address 1>"],
  ])("numbers every other address: %s", (text, masked) => {
    expect(createHostMask([])(text)).toBe(masked);
  });

  it.each([
    "GPU Dev Environments 0.1.0",
    "code-server 1.139.1 · linux x64 · Node v22.20.5",
    "NVIDIA H100 80GB HBM3 570.133.20",
    '{"sshConfigFile":"~/.ssh/config","sshProgram":"/usr/bin/ssh"}',
    "No agreement: rsa-sha2-512-cert-v01@openssh.com, curve25519-sha256@libssh.org",
    "PCI 00000000:17:00.0 at 12:30:01 on port 22",
    "is no longer in the setting gpuDev.ssh.hosts.",
    "SHA256:yHPFzdZoUVNThFp8U1hGgfL8pE0fW5wNcMZ1qvWBQDs",
    "    at Socket.emit (node:events:519:28)",
    "libnvidia-ml.so.1 and nvidia-smi.exe were not found",
  ])("keeps what is no address: %s", (text) => {
    expect(createHostMask([host("trainer")])(text)).toBe(text);
  });

  it("gives one address one number in all that is masked", () => {
    const mask = createHostMask([host("trainer")]);
    expect(mask("10.0.0.1 10.0.0.2")).toBe("<address 1> <address 2>");
    expect(mask("trainer 10.0.0.2 10.0.0.1")).toBe("<host 1> <address 2> <address 1>");
  });

  it("does not touch its own numbers, whatever the hosts are called", () => {
    const mask = createHostMask([host("host"), host("1"), host("address"), host("$&")]);
    expect(mask("host 1 10.0.0.1 $&")).toBe("<host 1> <host 2> <address 1> <host 4>");
  });

  it("shows no name and no address, however short or many", () => {
    const letter = fc.constantFrom("g", "k", "q", "x", "z");
    const names = fc.uniqueArray(fc.string({ unit: letter, minLength: 1, maxLength: 6 }), { maxLength: 8 });
    fc.assert(
      fc.property(names, fc.ipV4(), fc.ipV6(), (list, v4, v6) => {
        const mask = createHostMask(list.map((name) => host(name)));
        for (const word of mask([...list, v4, v6, `${v4}:22`, `(${v6})`].join(" | ")).split(" | "))
          expect(word).toMatch(/^\(?<(host|address) \d+>(:22|\))?$/);
      }),
      { numRuns: 300 },
    );
  });
});
