const DOMAIN = "[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?";
const NAME = "[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}";
const ACCOUNT = new RegExp(`^(?:${DOMAIN}\\\\)?${NAME}(?:\\$|@${DOMAIN})?$`);

/**
 * True for a name that someone logs in by: "jane", "Administrator", "svc$", and accounts of a domain as "CORP\jane" or
 * "jane@corp.example.com". An SSH configuration can hold each of these as it is: OpenSSH since 8.7 takes a backslash
 * for an escape before quotes, spaces and backslashes alone, and earlier versions nowhere.
 */
export function isAccountName(text: string): boolean {
  return ACCOUNT.test(text);
}
