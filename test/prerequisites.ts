import { existsSync } from "node:fs";
import { runProgram } from "./program.ts";

/** Programs that the tests and the sandbox need from the system, and the Debian packages that bring them. */
const PROGRAMS = {
  sshd: { packages: ["openssh-server"], places: ["/usr/sbin/sshd", "/usr/local/sbin/sshd"] },
  ssh: { packages: ["openssh-client"], places: ["/usr/bin/ssh", "/usr/local/bin/ssh"] },
  chromium: {
    packages: ["chromium", "fonts-dejavu-core"],
    places: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  },
  /** The sandbox finds the processes of its servers with it. */
  ps: { packages: ["procps"], places: ["/usr/bin/ps", "/bin/ps"] },
  fish: { packages: ["fish"], places: ["/usr/bin/fish"] },
  zsh: { packages: ["zsh"], places: ["/usr/bin/zsh", "/bin/zsh"] },
  /** Lets a program live at another time. */
  libfaketime: {
    packages: ["libfaketime"],
    places: ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`),
  },
  tcsh: { packages: ["tcsh"], places: ["/usr/bin/tcsh", "/bin/tcsh"] },
} as const satisfies Record<string, { readonly packages: readonly string[]; readonly places: readonly string[] }>;

export type Program = keyof typeof PROGRAMS;

/** Where an installed program is. The variable CHROMIUM names another browser. */
export function programPath(program: Program): string {
  const found = find(program);
  if (found === undefined) throw new Error(`${program} is not installed: ${installCommand([program])}`);
  return found;
}

export const isInstalled = (program: Program): boolean => find(program) !== undefined;

/**
 * Makes sure that the programs are there: installs what is missing where this account is root on a Debian system, and
 * otherwise fails with the command to run.
 */
export async function requirePrograms(...programs: readonly Program[]): Promise<void> {
  const missing = programs.filter((program) => find(program) === undefined);
  if (missing.length === 0) return;
  const mayInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!mayInstall) throw new Error(`${missing.join(", ")} missing. Run: ${installCommand(missing)}`);
  console.log(`Installing ${missing.join(", ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packagesOf(missing)]]) {
    const { exitCode, output } = await runProgram("apt-get", args, { env });
    if (exitCode !== 0) throw new Error(`apt-get ${args.join(" ")} ended with ${exitCode}.\n${output.slice(-3000)}`);
  }
  const still = missing.filter((program) => find(program) === undefined);
  if (still.length > 0) throw new Error(`apt-get ended well, but there is no ${still.join(", ")}.`);
}

function find(program: Program): string | undefined {
  const named = program === "chromium" ? process.env["CHROMIUM"] : undefined;
  return [...(named === undefined ? [] : [named]), ...PROGRAMS[program].places].find((place) => existsSync(place));
}

const packagesOf = (programs: readonly Program[]): readonly string[] =>
  programs.flatMap((name) => PROGRAMS[name].packages);

const installCommand = (programs: readonly Program[]): string =>
  `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packagesOf(programs).join(" ")}`;
