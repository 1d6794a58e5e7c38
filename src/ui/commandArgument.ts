// Commands are public: what they are called with is anyone's value.

/** An environment that a command was called on. */
export interface CalledOn {
  readonly environmentId: string;
  /** Below whose heading; absent where it was called from elsewhere. */
  readonly providerId?: string;
}

/** What the row, page or link stands for that a command was called from; undefined from the command palette. */
export function calledOn(argument: unknown): CalledOn | undefined {
  if (typeof argument === "string") return { environmentId: argument };
  const environmentId = textOf(argument, "environmentId");
  const providerId = textOf(argument, "providerId");
  if (environmentId === undefined) return undefined;
  return { environmentId, ...(providerId === undefined ? {} : { providerId }) };
}

export function textOf(argument: unknown, key: string): string | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  const value: unknown = Object.entries(argument).find(([name]) => name === key)?.[1];
  return typeof value === "string" ? value : undefined;
}
