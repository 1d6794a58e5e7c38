// Hosts do not run on the machine of whoever watches them. Where there is a second core, what plays the hosts gets one
// and the client another, so that the client pays for its own work and not for caches that its hosts have emptied.
import { execFileSync } from "node:child_process";
import os from "node:os";

const CLIENT_CORE = "0";

export interface Cores {
  /** For the client; undefined where there is none to spare. */
  readonly client: string | undefined;
  /** For the table. */
  readonly words: string;
  release(): void;
}

/** Moves this process, and what it starts from now on, off the core of the client. */
export function separateCores(): Cores {
  const count = os.cpus().length;
  if (count < 2 || !moved(`1-${count - 1}`)) {
    return { client: undefined, words: "client and hosts share the cores", release: () => undefined };
  }
  return {
    client: CLIENT_CORE,
    words: "client and hosts on cores of their own",
    release: () => void moved(`0-${count - 1}`),
  };
}

function moved(cores: string): boolean {
  try {
    execFileSync("taskset", ["--all-tasks", "--pid", "--cpu-list", cores, String(process.pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false; // util-linux is not everywhere
  }
}
