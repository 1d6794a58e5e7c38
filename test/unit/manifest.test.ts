import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMAND_IDS } from "../../src/commands/commandIds.ts";
import { collectMessages } from "../l10n/messages.ts";

interface Menu {
  readonly command: string;
  readonly when?: string;
}

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly Menu[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope: string }>> };
    readonly viewsWelcome: readonly { readonly contents: string }[];
  };
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly activationEvents: readonly string[];
}

const text = readFileSync("package.json", "utf8");
const manifest = JSON.parse(text) as Manifest;
const strings = JSON.parse(readFileSync("package.nls.json", "utf8")) as Record<string, string>;
const { commands, menus, configuration } = manifest.contributes;

describe("package.json", () => {
  it("contributes exactly the commands that have a handler", () => {
    expect(commands.map(({ command }) => command).sort()).toEqual([...COMMAND_IDS]);
  });

  it("names only its own commands in menus and welcome views", () => {
    const named = [...text.concat(...Object.values(strings)).matchAll(/\(command:([\w.]+)\)/g)].map(([, id]) => id);
    const inMenus = Object.values(menus).flatMap((entries) => entries.map(({ command }) => command));
    const known = [...COMMAND_IDS, "gpuDev.environments.focus"]; // VS Code makes the last one for the view
    for (const id of [...named, ...inMenus]) expect(known).toContain(id);
  });

  it("matches only row tokens that the rows carry", () => {
    const files = ["environmentRow", "gpuRow", "plainRows", "powerWords", "unfinishedRow"];
    const rows = files.map((file) => readFileSync(`src/views/${file}.ts`, "utf8"));
    const tokens = [...text.matchAll(/viewItem =~ \/\\\\b(\w+)\\\\b\//g)].map(([, token]) => token);
    expect(tokens.length).toBeGreaterThan(5);
    for (const token of new Set(tokens)) expect(rows.join("\n")).toContain(`"${String(token)}"`);
  });

  it("has an English text for each of its keys, and no text without a key", () => {
    const keys = new Set([...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
    expect([...keys].sort()).toEqual(Object.keys(strings).sort());
  });

  it("reads no setting that could start a program from an untrusted workspace", () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    expect(restrictedConfigurations).toEqual(expect.arrayContaining(["gpuDev.ssh.program", "gpuDev.ssh.configFile"]));
    for (const id of restrictedConfigurations) expect(configuration.properties[id]?.scope).toBe("application");
  });

  it("declares each setting that the code reads, and no other", () => {
    const code = readFileSync("src/ui/settings.ts", "utf8");
    const read = [...code.matchAll(/section\.get<unknown>\("([\w.]+)"\)/g)].map(([, key]) => `gpuDev.${String(key)}`);
    expect(read.sort()).toEqual(Object.keys(configuration.properties).sort());
  });

  it("asks for no activation at start-up", () => {
    expect(manifest.activationEvents.filter((event) => event === "*" || event.startsWith("onStartup"))).toEqual([]);
  });
});

describe("translations", () => {
  const english = JSON.parse(readFileSync("resources/l10n/bundle.l10n.json", "utf8")) as Record<string, string>;

  it("are made from every message of the code: npm run l10n", () => {
    expect(Object.keys(english)).toEqual(collectMessages("src"));
  });

  it.each(["de"])("cover every message, with the same places: %s", (language) => {
    const bundle = `resources/l10n/bundle.l10n.${language}.json`;
    expect(existsSync(bundle)).toBe(true);
    const translated = JSON.parse(readFileSync(bundle, "utf8")) as Record<string, string>;
    expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort());
    for (const [message, translation] of Object.entries(translated))
      expect(places(translation)).toEqual(places(message));
    const manifestStrings = JSON.parse(readFileSync(`package.nls.${language}.json`, "utf8")) as Record<string, string>;
    expect(Object.keys(manifestStrings).sort()).toEqual(Object.keys(strings).sort());
  });
});

function places(message: string): readonly string[] {
  return [...message.matchAll(/\{\d+\}/g)].map(([place]) => place).sort();
}
