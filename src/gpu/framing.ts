import type { RemoteShell } from "../core/session.ts";

/** One nvidia-smi call as a remote command. `args` are constant words of ours. `nonce`: `[a-z0-9]+`, new for each command. */
export function nvidiaSmiCommand(shell: RemoteShell, args: readonly string[], nonce: string): string {
  if (shell === "windows") return `nvidia-smi ${args.map((arg) => `"${arg}"`).join(" ")}`;
  return `exec sh -c 'echo ${nonce}-begin; nvidia-smi ${args.join(" ")}; echo ${nonce}-end $?'`;
}

/** The same Windows command by full path, for a PATH without System32. */
export function byFullPathOnWindows(command: string): string {
  return command.replace(/^nvidia-smi/, "C:\\Windows\\System32\\nvidia-smi.exe");
}

/** What stood between the markers, and the exit code; undefined where a marker is missing. */
export function unframe(stdout: string, nonce: string): { body: string; exitCode: number } | undefined {
  const begin = stdout.indexOf(`${nonce}-begin`);
  const end = stdout.lastIndexOf(`${nonce}-end `);
  if (begin < 0 || end < begin) return undefined;
  const exitCode = Number.parseInt(stdout.slice(end + nonce.length + 5), 10);
  return { body: stdout.slice(stdout.indexOf("\n", begin) + 1, end), exitCode };
}
