import type { ExecResult, RemoteShell } from "../core/session.ts";

/** A remote command and the pure parser of its answer, one value. */
export interface Probe<T> {
  /** Undefined where the shell has no such command. */
  command(shell: RemoteShell): string | undefined;
  /** Throws GpuDevError and nothing else. */
  parse(result: ExecResult): T;
}
