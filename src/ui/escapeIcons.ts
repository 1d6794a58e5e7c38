/** Text in which `$(name)` stays text, for the places where VS Code would draw an icon instead. */
export function escapeIcons(text: string): string {
  return text.replace(/\$\(/g, () => "\\$(");
}
