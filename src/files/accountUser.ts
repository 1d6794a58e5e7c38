import os from "node:os";

/** The name of this account; where the system's list has none, as in some containers, what the environment says. */
export function accountUser(
  environment: Readonly<NodeJS.ProcessEnv>,
  ofSystem: () => { readonly username: string } = os.userInfo,
): string {
  try {
    return ofSystem().username;
  } catch {
    return environment["LOGNAME"] ?? environment["USER"] ?? environment["USERNAME"] ?? "";
  }
}
