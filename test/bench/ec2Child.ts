import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** The one thing that a program of ours tells. Rejects where it ends without. */
export async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(
      `${path.basename(child.spawnargs.find((word) => /\.(?:ts|cjs)$/.test(word)) ?? "A program")} ended with ${String(code)} and told nothing.`,
    );
  });
  const told = once(child, "message").then(([message]) => message as Message);
  return Promise.race([told, ended]);
}

/** Ends it, where it has not ended by itself. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill();
  await gone;
}
