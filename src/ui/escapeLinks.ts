/** Text in which `[word](command:…)` stays text, for notifications and prompts, where VS Code would draw a link. */
export function escapeLinks(text: string): string {
  return text.replaceAll("](", "] (");
}
