import path from "node:path";

/** The names in a folder. */
export type ListFolder = (folder: string) => Promise<readonly string[]>;

/** The paths a shell pattern (`*`, `?`, `[…]` within one folder name) stands for, sorted as glob(3) sorts them. */
export async function expandGlob(pattern: string, listFolder: ListFolder): Promise<readonly string[]> {
  if (!isGlob(pattern)) return [pattern];
  const { root } = path.parse(pattern);
  let folders: readonly string[] = [root];
  for (const segment of pattern.slice(root.length).split(/[\\/]/)) {
    const next = folders.map((folder) => expandSegment(folder, segment, listFolder));
    folders = (await Promise.all(next)).flat();
  }
  return folders;
}

async function expandSegment(folder: string, segment: string, listFolder: ListFolder): Promise<readonly string[]> {
  if (!isGlob(segment)) return [path.join(folder, segment)];
  const names = await listFolder(folder).catch(() => []); // not there, or not a folder: it stands for nothing
  const expression = toExpression(segment);
  const matching = names.filter((name) => expression.test(name) && (segment.startsWith(".") || !name.startsWith(".")));
  return matching.sort().map((name) => path.join(folder, name));
}

function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

function toExpression(segment: string): RegExp {
  const source = segment.replace(/\[([!^]?)(\]?[^\]]*)\]|[\s\S]/g, (part: string, not?: string, set?: string) => {
    if (set !== undefined) return `[${not === "" ? "" : "^"}${set.replace(/[\\\]^[]/g, String.raw`\$&`)}]`;
    if (part === "*") return ".*";
    return part === "?" ? "." : part.replace(/[\\^$.|+()[\]{}*?]/, String.raw`\$&`);
  });
  try {
    return new RegExp(`^${source.replace(/(?:\.\*)+/g, ".*")}$`, "s");
  } catch {
    return /(?!)/; // a range that runs backwards, which matches nothing
  }
}
