import { stat } from "node:fs/promises";
import { agentPath, listAgentKeys } from "./agent.ts";
import type { HostOptions } from "./hostOptions.ts";
import type { HostKey } from "./knownHosts.ts";
import type { HostRecords } from "./hostKeyPolicy.ts";
import { readKeyFile, type KeyFile } from "./keyFile.ts";
import type { HostFacts } from "./needsOpenSsh.ts";

/** Everything found on this machine that may open a host. */
export interface HostMaterial {
  readonly facts: HostFacts;
  readonly keyFiles: readonly KeyFile[];
  readonly agentPath?: string;
  readonly agentKeys: readonly HostKey[];
}

/** Looks at the files and the agent that the options name. Reads only; asks nobody. */
export async function findMaterial(
  options: HostOptions,
  records: HostRecords,
  local: { readonly environment: NodeJS.ProcessEnv; readonly platform: NodeJS.Platform },
): Promise<HostMaterial> {
  const agent = agentPath(options, local.environment, local.platform);
  const candidates = [...options.certificateFiles, ...options.identityFiles.map((file) => `${file}-cert.pub`)];
  const [keyFiles, agentKeys, certificates, shared] = await Promise.all([
    Promise.all([...new Set(options.identityFiles)].map(readKeyFile)),
    agent === undefined ? [] : listAgentKeys(agent),
    Promise.all(candidates.map(async (file) => ((await exists(file)) ? [file] : []))),
    findSharedConnection(options),
  ]);
  const found = keyFiles.filter((file) => file !== undefined);
  return {
    keyFiles: found,
    agentKeys,
    ...(agent === undefined ? {} : { agentPath: agent }),
    facts: {
      certificates: certificates.flat(),
      identityTypes: found.flatMap(({ publicKey }) => (publicKey ? [publicKey.type] : [])),
      agentTypes: agentKeys.map(({ type }) => type),
      unreadableIdentities: [],
      knownHostKeyTypes: records.knownTypes,
      authorityOnly: records.authorityOnly,
      ...(shared === undefined ? {} : { sharedConnection: shared }),
    },
  };
}

async function findSharedConnection(options: HostOptions): Promise<string | undefined> {
  const controlPath = options.printed.get("controlpath")?.[0];
  if (controlPath === undefined || controlPath === "none") return undefined;
  return (await exists(controlPath)) ? controlPath : undefined;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
