/** "arn:aws:iam::111122223333:user/team/jane" → "jane"; of a role that somebody took on, whoever that was. */
export function callerName(arn: string): string {
  const last = /[^/:]*$/.exec(arn)?.[0] ?? "";
  const name = last.replace(/[^\p{L}\p{N} +\-=._@]/gu, "").slice(0, 128);
  return name === "" ? "unknown" : name;
}
