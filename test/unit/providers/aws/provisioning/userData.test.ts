import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram } from "../../../../program.ts";
import { userDataScript, type FirstStart } from "../../../../../src/providers/aws/provisioning/userData.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "first-start-"));
  mkdirSync(path.join(folder, "bin"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that writes down how it was called. */
function program(name: string, more = ""): void {
  const file = path.join(folder, "bin", name);
  writeFileSync(file, `#!/bin/bash\necho "${name} $*" >>'${folder}/calls'\n${more}\n`);
  chmodSync(file, 0o755);
}

/** Runs the script by a real bash, with its files in a folder of this test and stand-ins for what changes a machine. */
async function firstStart(start: FirstStart): Promise<readonly string[]> {
  const script = userDataScript(start).replaceAll("/etc/systemd/system", folder).replaceAll("/var/log", folder);
  writeFileSync(path.join(folder, "script"), script);
  const { exitCode } = await runProgram("/bin/bash", [path.join(folder, "script")], {
    env: { PATH: `${path.join(folder, "bin")}:/usr/bin:/bin` },
  });
  expect(exitCode).toBe(0);
  const calls = path.join(folder, "calls");
  return existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [];
}

const PACKAGES = (flavour: string): string => `cat <<'LIST'
nvidia-headless-no-dkms-470-server deinstall ok config-files
nvidia-headless-no-dkms-${flavour} install ok installed
LIST`;

describe("the first start of a machine", () => {
  beforeEach(() => {
    for (const name of ["apt-get", "ubuntu-drivers", "modprobe", "systemctl", "sleep"]) program(name);
  });

  it.each(["570-server", "570-server-open", "570"])(
    "installs the driver with the tools that fit %s",
    async (flavour) => {
      program("dpkg-query", PACKAGES(flavour));
      const calls = await firstStart({ nvidiaDriver: true, hibernation: false });
      expect(calls).toContain("ubuntu-drivers install --gpgpu");
      expect(calls).toContain(`apt-get install -y nvidia-utils-${flavour.replace("-open", "")}`);
      expect(calls.at(-1)).toBe("modprobe nvidia");
    },
  );

  it("leaves a machine alone that has its driver", async () => {
    program("nvidia-smi");
    expect(await firstStart({ nvidiaDriver: true, hibernation: false })).toEqual([]);
  });

  it("restarts once where the driver cannot be loaded yet", async () => {
    program("dpkg-query");
    program("modprobe", "exit 1");
    expect((await firstStart({ nvidiaDriver: true, hibernation: false })).at(-1)).toBe("systemctl reboot");
  });

  it("tries again while the package sources are not ready", async () => {
    program("apt-get", `[ "$(grep -c 'apt-get update' '${folder}/calls')" -ge 3 ]`);
    program("dpkg-query");
    const calls = await firstStart({ nvidiaDriver: true, hibernation: false });
    expect(calls.filter((call) => call === "apt-get update")).toHaveLength(3);
  });

  it("sets the timer that switches the machine off, before anything else", async () => {
    program("dpkg-query");
    const calls = await firstStart({ nvidiaDriver: true, hibernation: false, maxHours: 8 });
    expect(calls.slice(0, 2)).toEqual(["systemctl daemon-reload", "systemctl enable --now gpu-dev-max-hours.timer"]);
    expect(readFileSync(path.join(folder, "gpu-dev-max-hours.timer"), "utf8")).toContain("OnBootSec=8h\n");
    expect(readFileSync(path.join(folder, "gpu-dev-max-hours.service"), "utf8")).toContain("systemctl poweroff\n");
  });
});
