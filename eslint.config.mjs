// The import arrows of ARCHITECTURE.md as rules: each folder names what it must not import.
import js from "@eslint/js";
import tseslint from "typescript-eslint";

const VSCODE = { group: ["vscode"], message: "Only commands, views, panels, ui and extension.ts know VS Code." };
const NODE = { regex: "^node:", message: "This folder is pure." };
const LIBRARIES = { regex: "^(ssh2|proper-lockfile|preact|uplot)($|/)", message: "Not in this folder." };
const folder = (name) => ({
  regex: `^(\\.\\./)+${name}(/|\\.ts$)`,
  message: `See the import arrows in ARCHITECTURE.md: this folder does not import ${name}.`,
});
const arrows = (files, ...patterns) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns }] },
});
const ROOT = folder("extension");
const OUTER = ["commands", "views", "panels", "ui", "webviews"].map(folder);
const EFFECTS = ["providers", "remote", "health", "files"].map(folder);

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
  arrows(["src/core/**"], VSCODE, NODE, LIBRARIES, folder("gpu"), ...EFFECTS, ...OUTER, ROOT),
  arrows(["src/gpu/**"], VSCODE, NODE, LIBRARIES, ...EFFECTS, ...OUTER, ROOT),
  arrows(["src/files/**"], VSCODE, folder("gpu"), ...["providers", "remote", "health"].map(folder), ...OUTER, ROOT),
  arrows(["src/health/**"], VSCODE, LIBRARIES, folder("providers"), folder("remote"), ...OUTER, ROOT),
  arrows(["src/remote/**"], VSCODE, folder("providers"), folder("health"), ...OUTER, ROOT),
  arrows(["src/providers/**"], VSCODE, folder("remote"), folder("health"), ...OUTER, ROOT),
  arrows(["src/commands/**"], LIBRARIES, folder("providers"), folder("webviews"), ROOT),
  arrows(["src/views/**"], LIBRARIES, folder("providers"), folder("remote"), folder("commands"), ROOT),
  arrows(["src/panels/**"], LIBRARIES, folder("providers"), folder("remote"), folder("commands"), ROOT),
  arrows(["src/ui/**"], LIBRARIES, ...EFFECTS, folder("commands"), folder("views"), folder("panels"), ROOT),
  arrows(["src/webviews/**"], VSCODE, NODE, folder("providers"), folder("remote"), folder("commands"), ROOT),
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
