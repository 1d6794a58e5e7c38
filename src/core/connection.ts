import type { ProxyProgram } from "./proxyProgram.ts";

/** How to reach an environment, as data: it can be printed, tested and logged. */
export type Connection = SshConnection | LocalConnection;

export interface SshConnection {
  readonly kind: "ssh";
  /** What follows `ssh`: an alias that the user's configuration, or our include file, resolves. */
  readonly alias: string;
  /** What our include file must hold for the alias to resolve; absent where the user's own configuration has it. */
  readonly entry?: SshEntry;
}

/** One `Host` block of our include file. Every value is validated again before it is written. */
export interface SshEntry {
  readonly alias: string;
  readonly hostName: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFiles?: readonly string[];
  readonly proxyJump?: string;
  /** A command for this machine to run: only where ssh itself read it in the user's configuration. */
  readonly proxyCommand?: string;
  /** The program that is the way to the host, for a provider to name: words that no shell could take for more. */
  readonly proxyProgram?: ProxyProgram;
  /** A stable id of the machine behind a changing address. */
  readonly hostKeyAlias?: string;
  readonly forwardAgent?: boolean;
}

/** The machine the extension itself runs on. */
export interface LocalConnection {
  readonly kind: "local";
}
