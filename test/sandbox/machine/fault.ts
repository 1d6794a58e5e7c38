import { readFileSync, statSync } from "node:fs";
import type { GpuHealth } from "./moment.ts";

/** What a box's nvidia-smi does instead of answering: the word in the file `fault` of its folder, changed at any time. */
export type Fault =
  /** Sleeps for ever. */
  | { readonly kind: "hang" }
  /** Sleeps for ever and ends only by SIGKILL, as in uninterruptible sleep. */
  | { readonly kind: "ignore-signals" }
  /** Answers and ends, but leaves a child that holds its standard output. */
  | { readonly kind: "child-holds-output" }
  /** Stops itself (SIGSTOP). */
  | { readonly kind: "stop" }
  /** Answers only after this time. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** One of nvidia-smi's own errors. */
  | { readonly kind: "error"; readonly error: keyof typeof ERRORS }
  | { readonly kind: "gpu"; readonly gpu: number; readonly health: Exclude<GpuHealth, "healthy"> };

interface ErrorAnswer {
  readonly output: string;
  readonly exitCode: number;
  readonly onStderr?: boolean;
}

/** Texts and exit codes as reported in public; nvidia-smi prints them on standard output. */
export const ERRORS = {
  "no-driver": {
    output:
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n",
    exitCode: 9,
  },
  "version-mismatch": {
    output: "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.211\n",
    exitCode: 18,
  },
  "no-devices": { output: "No devices were found\n", exitCode: 6 },
  "container-lost-devices": { output: "Failed to initialize NVML: Unknown Error\n", exitCode: 255 },
  "not-installed": { output: "bash: line 1: nvidia-smi: command not found\n", exitCode: 127, onStderr: true },
} as const satisfies Record<string, ErrorAnswer>;

const PLAIN = ["hang", "ignore-signals", "child-holds-output", "stop"] as const;
const GPU = ["lost", "reset-required"] as const;

/** Reads "hang", "slow 2000", "no-driver", "lost 1", "reset-required 0"; an empty text is no fault. */
function parseFault(text: string): Fault | undefined {
  const [word = "", argument = "0"] = text.trim().split(/\s+/);
  if (word === "") return undefined;
  if (word === "slow") return { kind: "slow", delayMs: Number(argument) };
  const plain = PLAIN.find((kind) => kind === word);
  if (plain) return { kind: plain };
  const health = GPU.find((kind) => kind === word);
  if (health) return { kind: "gpu", gpu: Number(argument), health };
  if (isError(word)) return { kind: "error", error: word };
  throw new Error(`"${word}" is no fault of the sandbox`);
}

const isError = (word: string): word is keyof typeof ERRORS => Object.hasOwn(ERRORS, word);

/** Follows the file; reads it again only when it changed, because a loop asks every two seconds. */
export function followFault(file: string): () => Fault | undefined {
  let seen = "";
  let fault: Fault | undefined;
  return () => {
    const version = versionOf(file);
    if (version !== seen) {
      seen = version;
      fault = version === "" ? undefined : parseFault(readFileSync(file, "utf8"));
    }
    return fault;
  };
}

function versionOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : "";
}
