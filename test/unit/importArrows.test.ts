import { readdirSync } from "node:fs";
import path from "node:path";
import { ESLint, Linter } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const eslint = new ESLint({ cwd: root });
const RULES = ["no-restricted-imports", "no-restricted-syntax"];

/** What the rules of the project say of a line in a file; the file need not exist. */
async function complaints(file: string, line: string): Promise<readonly string[]> {
  const { rules = {} } = (await eslint.calculateConfigForFile(path.join(root, file))) as Linter.Config;
  const restrictions = Object.entries(rules).filter(([name]) => RULES.includes(name));
  const messages = new Linter().verify(
    line,
    [
      {
        files: ["**/*.ts"],
        languageOptions: { parser: tseslint.parser },
        rules: Object.fromEntries(restrictions),
      },
    ],
    { filename: file },
  );
  for (const { ruleId, message } of messages) if (ruleId === null) throw new Error(message);
  return messages.map(({ message }) => message);
}

const waysToImport = (from: string): readonly string[] => [
  `import { x } from "${from}";`,
  `import type { X } from "${from}";`,
  `export { x } from "${from}";`,
  `const x = await import("${from}");`,
];

const FOLDERS = readdirSync(path.join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const ONLY_EXTENSION = FOLDERS.filter((name) => name !== "composition").map(
  (name) => [`src/${name}/x.ts`, "../composition/hosts.ts"] as const,
);

describe("the import arrows", () => {
  it.each<readonly [string, string]>([
    ...ONLY_EXTENSION,
    ["src/composition/hosts.ts", "../extension.ts"],
    ["src/providers/ssh/x.ts", "../local/localProvider.ts"],
    ["src/providers/ssh/deeper/x.ts", "../../local/localProvider.ts"],
    ["src/providers/local/x.ts", "../ssh/sshProvider.ts"],
    ["src/providers/local/x.ts", "../index.ts"],
    ["src/providers/local/x.ts", "../../remote/openSession.ts"],
    ["src/core/x.ts", "node:fs"],
    ["src/health/x.ts", "ssh2"],
    ["src/health/x.ts", "vscode"],
  ])("keep %s from importing %s, in any way", async (file, from) => {
    for (const line of waysToImport(from)) expect([line, ...(await complaints(file, line))]).toHaveLength(2);
  });

  it.each([
    ["src/extension.ts", "./composition/hosts.ts"],
    ["src/composition/hosts.ts", "./sshFiles.ts"],
    ["src/composition/hosts.ts", "../providers/ssh/userConfig.ts"],
    ["src/providers/index.ts", "./ssh/sshProvider.ts"],
    ["src/providers/ssh/x.ts", "./userConfig.ts"],
    ["src/providers/ssh/x.ts", "../../core/error.ts"],
    ["src/remote/x.ts", "ssh2"],
  ])("let %s import %s", async (file, from) => {
    for (const line of waysToImport(from)) expect(await complaints(file, line)).toEqual([]);
  });
});
