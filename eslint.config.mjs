// The import arrows of ARCHITECTURE.md as rules: each folder names what it must not import.
import { readdirSync } from "node:fs";
import js from "@eslint/js";
import tseslint from "typescript-eslint";

const VSCODE = { group: ["vscode"], message: "Only commands, views, panels, ui and extension.ts know VS Code." };
const NODE = { regex: "^node:", message: "This folder is pure." };
const LIBRARIES = { regex: "^(ssh2|proper-lockfile|preact|uplot|@aws-sdk)($|/)", message: "Not in this folder." };
/** Each SDK is named in one folder only. */
const AWS = { regex: "^@aws-sdk/", message: "Only providers/aws knows this SDK." };
const folder = (name) => ({
  regex: `^(\\.\\./)+${name}(/|\\.ts$)`,
  message: `See the import arrows in ARCHITECTURE.md: this folder does not import ${name}.`,
});
/** `no-restricted-imports` sees static imports only, while heavy parts are loaded by `import()`. */
const dynamic = ({ regex, group, message }) => ({
  selector: `ImportExpression > Literal.source[value=/${(regex ?? `^${group[0]}$`).replaceAll("/", "\\u002F")}/]`,
  message,
});
const arrows = (files, ...patterns) => ({
  files,
  rules: {
    "no-restricted-imports": ["error", { patterns }],
    "no-restricted-syntax": ["error", ...patterns.map(dynamic)],
  },
});
/** Parts of extension.ts, which alone builds and connects. */
const ROOT = [folder("extension"), folder("composition")];
const OUTER = ["commands", "views", "panels", "ui", "webviews"].map(folder);
const EFFECTS = ["providers", "remote", "health", "operations", "files"].map(folder);
const PROVIDERS_SHARE = [VSCODE, folder("remote"), folder("health"), folder("operations"), ...OUTER, ...ROOT];
/** None knows another: each can be taken out by itself. */
const PROVIDERS = readdirSync(new URL("src/providers", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export default tseslint.config(
  { ignores: ["dist", "out", "node_modules", "test/workbench/node_modules"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-non-null-assertion": "error",
      complexity: ["error", 10],
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 40],
      "max-params": ["error", 4],
      "no-console": "error",
    },
  },
  arrows(["src/core/**"], VSCODE, NODE, LIBRARIES, folder("gpu"), ...EFFECTS, ...OUTER, ...ROOT),
  arrows(["src/gpu/**"], VSCODE, NODE, LIBRARIES, ...EFFECTS, ...OUTER, ...ROOT),
  arrows(
    ["src/files/**"],
    ...[VSCODE, folder("gpu"), ...["providers", "remote", "health", "operations"].map(folder)],
    ...OUTER,
    ...ROOT,
  ),
  arrows(
    ["src/health/**"],
    ...[VSCODE, LIBRARIES, folder("providers"), folder("remote"), folder("operations")],
    ...OUTER,
    ...ROOT,
  ),
  arrows(
    ["src/remote/**"],
    VSCODE,
    AWS,
    folder("providers"),
    folder("health"),
    folder("operations"),
    ...OUTER,
    ...ROOT,
  ),
  arrows(
    ["src/operations/**"],
    ...[VSCODE, LIBRARIES, folder("providers"), folder("remote"), folder("health"), folder("gpu")],
    ...OUTER,
    ...ROOT,
  ),
  arrows(["src/providers/**"], ...PROVIDERS_SHARE),
  ...PROVIDERS.map((name) => {
    const others = ["index", ...PROVIDERS].filter((other) => other !== name);
    const sdks = name === "aws" ? [] : [AWS];
    return arrows([`src/providers/${name}/**`], ...PROVIDERS_SHARE, ...sdks, ...others.map(folder));
  }),
  arrows(["src/composition/**"], folder("extension")),
  arrows(["src/commands/**"], LIBRARIES, folder("providers"), folder("webviews"), ...ROOT),
  arrows(["src/views/**"], LIBRARIES, folder("providers"), folder("remote"), folder("commands"), ...ROOT),
  arrows(["src/panels/**"], LIBRARIES, folder("providers"), folder("remote"), folder("commands"), ...ROOT),
  arrows(["src/ui/**"], LIBRARIES, ...EFFECTS, folder("commands"), folder("views"), folder("panels"), ...ROOT),
  arrows(["src/webviews/**"], VSCODE, NODE, folder("providers"), folder("remote"), folder("commands"), ...ROOT),
  {
    // Tests, benchmarks and scripts print, and a describe block is one long function by nature.
    files: ["test/**/*.{ts,tsx}", "*.ts"],
    rules: { "max-lines-per-function": "off", "max-lines": ["error", 500], "no-console": "off" },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: {
      globals: {
        console: "readonly",
        process: "readonly",
        URL: "readonly",
        setTimeout: "readonly",
        Buffer: "readonly",
      },
    },
  },
);
