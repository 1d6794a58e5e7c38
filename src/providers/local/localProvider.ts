import { access } from "node:fs/promises";
import path from "node:path";
import type { LocalConnection } from "../../core/connection.ts";
import type { Environment } from "../../core/environment.ts";
import type { EnvironmentProvider } from "../../core/provider.ts";
import { sentence } from "../../core/sentence.ts";
import { refuseOperation, UNMANAGED_BILLING, UNMANAGED_OPERATIONS } from "../../core/unmanaged.ts";

const LOCAL_PROVIDER_ID = "local";

export interface LocalMachine {
  readonly hostName: string;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
}

/** The machine the extension runs on, listed only where it has an NVIDIA driver. */
export function createLocalProvider(machine: LocalMachine): EnvironmentProvider {
  return {
    id: LOCAL_PROVIDER_ID,
    displayName: sentence("This machine"),
    async *list() {
      if (await hasNvidiaDriver(machine)) yield [toEnvironment(machine)];
    },
    perform: (_request, environment) => refuseOperation(environment),
    connection: () => Promise.resolve<LocalConnection>({ kind: "local" }),
  };
}

function toEnvironment({ hostName }: LocalMachine): Environment {
  return {
    id: "local/this-machine",
    providerId: LOCAL_PROVIDER_ID,
    name: hostName,
    kind: sentence("This machine"),
    group: "",
    state: "unmanaged",
    reach: "local",
    gpu: undefined,
    operations: UNMANAGED_OPERATIONS,
    billing: UNMANAGED_BILLING,
    tags: {},
  };
}

/** Looks for the files that a driver installs; starts no program, so that listing costs nothing. */
async function hasNvidiaDriver(machine: LocalMachine): Promise<boolean> {
  const checks = candidates(machine).map((file) =>
    access(file).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(checks)).includes(true);
}

function candidates({ platform, environment }: LocalMachine): readonly string[] {
  if (platform === "darwin") return []; // no NVIDIA driver exists for the systems VS Code supports
  if (platform === "win32") {
    return [path.win32.join(environment["SystemRoot"] ?? "C:\\Windows", "System32", "nvidia-smi.exe")];
  }
  const folders = (environment["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  return [
    "/proc/driver/nvidia/version",
    "/usr/lib/wsl/lib/nvidia-smi",
    ...folders.map((folder) => `${folder}/nvidia-smi`),
  ];
}
