import type { CommandParts, createCommands } from "../commands/commandTable.ts";
import { lazily } from "../core/lazily.ts";

/** What the commands do, loaded when the first of them is called. */
export function lazyCommands(
  parts: () => Omit<CommandParts, "isHost">,
): () => Promise<ReturnType<typeof createCommands>> {
  return lazily(async () => {
    const table = await import("../commands/commandTable.ts");
    return table.createCommands({ ...parts(), isHost });
  });
}

/** Whether a text can be an entry of the setting that lists hosts. */
async function isHost(text: string): Promise<boolean> {
  const { parseSettingsHost } = await import("../providers/ssh/settingsHosts.ts");
  return parseSettingsHost(text) !== undefined;
}
