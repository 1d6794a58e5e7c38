/** Creates the value at its first use and keeps it. A failed creation is tried again at the next use. */
export function lazily<T>(create: () => Promise<T>): () => Promise<T> {
  let created: Promise<T> | undefined;
  return () => {
    const value = (created ??= create());
    value.catch(() => {
      if (created === value) created = undefined;
    });
    return value;
  };
}
