/** One word for the shell the user is likely to paste into: POSIX, or PowerShell on Windows. */
export function quoteForShell(word: string, platform: NodeJS.Platform): string {
  if (/^[A-Za-z0-9@%_+=:,./\\-]+$/.test(word)) return word;
  return platform === "win32" ? `'${word.replace(/'/g, "''")}'` : `'${word.replace(/'/g, "'\\''")}'`;
}
