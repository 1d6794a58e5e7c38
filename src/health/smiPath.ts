import type { GpuDevError } from "../core/error.ts";
import type { RemoteShell } from "../core/session.ts";
import { byFullPathOnWindows } from "../gpu/framing.ts";

/** How nvidia-smi is called in one session: by its name or, where a Windows PATH lacks it, by its full path. */
export class SmiPath {
  private full = false;

  call(command: string): string {
    return this.full ? byFullPathOnWindows(command) : command;
  }

  /** True where the error means that the other way is worth a try. */
  turnsAfter(error: GpuDevError, shell: RemoteShell): boolean {
    if (this.full || shell !== "windows" || error.code !== "no-driver") return false;
    this.full = true;
    return true;
  }

  reset(): void {
    this.full = false;
  }
}
