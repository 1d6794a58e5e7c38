import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import type { RunProgram } from "./program.ts";

// Well-known ids, because the names are translated in Windows:
// https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers
const SYSTEM = "*S-1-5-18";
const ADMINISTRATORS = "*S-1-5-32-544";

/**
 * What icacls is given to leave a file or folder to its owner, SYSTEM and Administrators: with anybody else in the
 * list, ssh refuses it ("Bad owner or permissions"). `account` is "DOMAIN\user".
 */
export function aclArguments(target: string, account: string, kind: "file" | "folder"): readonly string[] {
  const rights = kind === "folder" ? "(OI)(CI)F" : "F";
  const grants = [account, SYSTEM, ADMINISTRATORS].flatMap((who) => ["/grant:r", `${who}:${rights}`]);
  return [target, "/inheritance:r", ...grants];
}

/** Sets that list. Throws "permission" if Windows refuses. */
export async function restrictAcl(run: RunProgram, args: readonly string[]): Promise<void> {
  const target = args[0] ?? "";
  const refused = sentence("The access rights of {0} could not be set. Check who owns it, then try again.", target);
  const result = await run("icacls.exe", args).catch((cause: unknown) => {
    throw new GpuDevError("permission", refused, { cause });
  });
  if (result.exitCode !== 0) throw new GpuDevError("permission", refused, { cause: new Error(result.stderr) });
}
