import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GpuDevError, type ErrorCode } from "../../../src/core/error.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import type { Listing } from "../../../src/core/listing.ts";
import type { SignIn } from "../../../src/core/provider.ts";
import type { Watch } from "../../../src/health/watch.ts";
import { createFormat } from "../../../src/ui/format.ts";
import type { Speech } from "../../../src/views/environmentRow.ts";
import { failureRow, noteRow } from "../../../src/views/plainRows.ts";
import type { Row } from "../../../src/views/row.ts";
import { createFakeProvider } from "../../fakes/provider.ts";

const speech: Speech = {
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
};
const FAILED = "cloud";
const NOW = 1_800_000_000_000;

interface Manifest {
  readonly contributes: {
    readonly menus: Readonly<Record<string, readonly { command: string; when: string; group: string }[]>>;
  };
}
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

/** The commands that the manifest offers on a row: beside it, or in its menu. */
function offered(row: Row, place: "inline" | "menu"): readonly string[] {
  const items = manifest.contributes.menus["view/item/context"] ?? [];
  return items
    .filter(({ when, group }) => {
      const tokens = [...when.matchAll(/(!\()?viewItem =~ \/\\b(\w+)\\b\//g)];
      const isMet = tokens.every(([, not, token = ""]) => row.context.includes(token) === (not === undefined));
      return isMet && group.startsWith("inline") === (place === "inline");
    })
    .map(({ command }) => command.replace("gpuDev.", ""));
}

const failed = (code: ErrorCode, kind: "unreachable" | "no-reading" = "unreachable"): Watch => ({
  ...{ kind, error: new GpuDevError(code, sentence("It failed.")) },
  retryAt: NOW,
});

/** What a view sees of a provider whose listing failed. */
function failedInventory(error: GpuDevError, words?: readonly [string, ...string[]]) {
  const provider = {
    ...createFakeProvider(FAILED),
    signIn: (): SignIn | undefined => words && { kind: "program", words },
  };
  return {
    listing: (): Listing => ({ kind: "failed", environments: [], error, at: NOW - 120_000 }),
    provider: () => provider,
  };
}

describe("the row of a provider that cannot be listed", () => {
  const error = new GpuDevError("configuration", sentence("The file cannot be read."));
  const row = failureRow(FAILED, failedInventory(error), NOW, speech);

  it("says why, and how old what it lists is by the clock it is given", () => {
    expect(row.description).toBe("The file cannot be read.");
    expect(row.tooltip()).toEqual(["The file cannot be read.", "Listed 2 min. ago."]);
  });

  it("offers to list anew and to see the log", () => {
    expect(offered(row, "inline")).toEqual(["refresh", "showLog"]);
    expect(offered(row, "menu")).toEqual(["refresh", "showLog"]);
  });
});

describe("the row of an account that has to sign in", () => {
  const error = new GpuDevError("authentication", sentence("The sign-in has ended."));

  it("offers that where a program can do it, and not where none can", () => {
    const cannot = failureRow(FAILED, failedInventory(error), NOW, speech);
    expect(offered(cannot, "menu")).toEqual(["refresh", "showLog"]);
    const can = failureRow(FAILED, failedInventory(error, ["aws", "login"]), NOW, speech);
    expect(offered(can, "inline")).toContain("signIn");
    expect(offered(can, "menu")).toContain("signIn");
  });
});

describe("the row that says why there is no reading", () => {
  const actions = (watch: Watch, place: "inline" | "menu"): readonly string[] =>
    offered(noteRow(undefined, watch, speech), place);

  it.each([failed("unreachable"), failed("authentication"), failed("driver", "no-reading")])(
    "offers to connect again and to see the log: $error.code",
    (watch) => {
      expect([...actions(watch, "inline")].sort()).toEqual(["reconnect", "showLog"]);
      expect([...actions(watch, "menu")].sort()).toEqual(["reconnect", "showLog"]);
    },
  );

  it("offers to trust a changed key, but not beside the row, where a slip of the hand would do it", () => {
    expect(actions(failed("host-key-changed"), "inline")).toEqual(["showLog"]);
    expect(actions(failed("host-key-changed"), "menu")).toEqual(["trustChangedHostKey", "showLog"]);
  });

  it("offers nothing while nothing has failed", () => {
    for (const watch of [{ kind: "idle" }, { kind: "connecting" }] as const)
      expect([...actions(watch, "inline"), ...actions(watch, "menu")]).toEqual([]);
  });
});
