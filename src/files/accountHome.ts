import os from "node:os";

/**
 * The home folder as OpenSSH sees it: that of the account, whatever $HOME says. An account without an entry in the
 * system's list, as in some containers, has only $HOME.
 */
export function accountHome(): string {
  try {
    return os.userInfo().homedir;
  } catch {
    return os.homedir();
  }
}
