import path from "node:path";
import type { Ask } from "../../src/core/ask.ts";
import type { RemoteDependencies } from "../../src/remote/openSession.ts";

/** Nobody is asked: every key is known and none has a passphrase. */
const ask: Ask = {
  trustHostKey: () => Promise.resolve(false),
  passphrase: () => Promise.resolve(undefined),
  answers: () => Promise.resolve(undefined),
};

export interface RemoteGround {
  readonly configFile: string;
  /** For our own known_hosts. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** What the composition root gives to sessions, without an editor. */
export function backgroundRemote({ configFile, directory, environment }: RemoteGround): RemoteDependencies {
  return {
    ask,
    sshProgram: () => "ssh",
    configFile: () => configFile,
    trustFile: path.join(directory, "trusted_hosts"),
    log: () => undefined,
    environment,
    platform: process.platform,
  };
}
