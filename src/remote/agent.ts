import net from "node:net";
import type { HostOptions } from "./hostOptions.ts";
import { toHostKey, type HostKey } from "./knownHosts.ts";

/** The pipe of the OpenSSH agent service of Windows. */
const WINDOWS_AGENT = String.raw`\\.\pipe\openssh-ssh-agent`;
/** An agent that waits for a person to unlock it must not hold up the other keys for long. */
const LIST_TIMEOUT_MS = 5000;
/** draft-miller-ssh-agent, section 6.1 */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const MAX_ANSWER_BYTES = 256 * 1024;

/** Socket or pipe of the agent that `ssh` would use for this host; undefined where it uses none. */
export function agentPath(
  options: Pick<HostOptions, "identityAgent">,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): string | undefined {
  if (options.identityAgent === "none") return undefined;
  const path = options.identityAgent ?? environment["SSH_AUTH_SOCK"];
  if (path !== undefined && path.length > 0) return path;
  return platform === "win32" ? WINDOWS_AGENT : undefined;
}

/** The public keys an agent holds, certificates and security keys among them. Empty where it does not answer. */
export function listAgentKeys(path: string): Promise<readonly HostKey[]> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    let answer = Buffer.alloc(0);
    const end = (): void => {
      socket.destroy();
      resolve(parseIdentities(answer));
    };
    socket.setTimeout(LIST_TIMEOUT_MS, end);
    socket.once("error", end);
    socket.once("end", end);
    socket.once("connect", () => socket.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES])));
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const complete = answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE(0);
      if (complete || answer.length > MAX_ANSWER_BYTES) end();
    });
  });
}

/** uint32 length, byte type, uint32 count, then key and comment of each, as strings with a uint32 length. */
export function parseIdentities(answer: Buffer): readonly HostKey[] {
  if (answer.length < 9 || answer[4] !== IDENTITIES_ANSWER) return [];
  const keys: HostKey[] = [];
  let at = 9;
  for (let left = answer.readUInt32BE(5); left > 0; left -= 1) {
    const blob = readString(answer, at);
    const comment = blob && readString(answer, at + 4 + blob.length);
    if (!blob || !comment) break;
    at += 8 + blob.length + comment.length;
    const key = toHostKey(blob);
    if (key) keys.push(key);
  }
  return keys;
}

/** A string of the SSH wire format: uint32 length and as many bytes. */
export function readString(buffer: Buffer, at: number): Buffer | undefined {
  if (at + 4 > buffer.length) return undefined;
  const length = buffer.readUInt32BE(at);
  return at + 4 + length > buffer.length ? undefined : buffer.subarray(at + 4, at + 4 + length);
}
