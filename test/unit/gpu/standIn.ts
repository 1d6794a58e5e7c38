import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, vi } from "vitest";

/** How the stand-in for nvidia-smi behaves. */
export type Behaviour =
  | "readings"
  | "lists-processes"
  | "fails"
  | "sleeps"
  | "ignores-term"
  | "child-holds-output"
  | "orphan-holds-output"
  | "stops";

const SCRIPT = `#!/bin/sh
case $STAND_IN in
readings) echo 'index, name, count, utilization.gpu [%]'
  while :; do echo '0, A, 2, 7'; echo '1, B, 2, 9'; sleep 0.2; done;;
lists-processes) printf '%s\\n' 'pid, gpu_uuid, used_gpu_memory [MiB], process_name' '1, GPU-a, 5, a\\nb, c';;
fails) echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18;;
sleeps) exec sleep 1000;;
ignores-term) trap '' TERM; while :; do sleep 0.5; done;;
child-holds-output) sleep 1000 & wait;;
orphan-holds-output) sh -c 'trap "" TERM; while :; do sleep 0.5; done' & exit 15;;
stops) kill -STOP $$;;
esac
`;

// What each shell reads even for a single command: bash because its input is a socket, as under sshd.
const PROFILES = [".bashrc", ".zshenv", ".tcshrc", ".config/fish/config.fish"];

interface Box {
  readonly folder: string;
  /** Starts a command line as sshd would, under a shell whose profile prints. */
  start(shell: string, command: string, behaviour: Behaviour): ChildProcessWithoutNullStreams;
}

/** A home with chatty profiles and a nvidia-smi on the PATH, which in the end nothing that was started there may outlive. */
export async function withBox(use: (box: Box) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "gpu-dev-shells-"));
  mkdirSync(join(folder, ".config/fish"), { recursive: true });
  for (const profile of PROFILES) writeFileSync(join(folder, profile), "echo Welcome, and mind the gap\n");
  writeFileSync(join(folder, "nvidia-smi"), SCRIPT);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  await use({
    folder,
    start: (shell, command, behaviour) =>
      spawn(shell, ["-c", command], {
        env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder, STAND_IN: behaviour },
        stdio: "pipe",
      }),
  });
  // The watcher's own two seconds of grace may outlast the answer.
  await vi.waitFor(() => expect(processesWith(`HOME=${folder}`)).toEqual([]), { timeout: 5000, interval: 50 });
  rmSync(folder, { recursive: true });
}

export function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The command lines of the processes with a variable in their environment. */
function processesWith(variable: string): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const environment = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/environ`, "utf8") : "";
      if (!environment.split("\0").includes(variable)) return [];
      return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")];
    } catch {
      return []; // gone meanwhile, or another account's
    }
  });
}

/** Everything a process printed, once it and all who hold its output have let go. */
export function finished(child: ChildProcessWithoutNullStreams): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("close", () => {
      resolve({ stdout, stderr });
    });
  });
}
