import { describe, expect, it } from "vitest";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { createFormat } from "../../../src/ui/format.ts";
import type { Speech } from "../../../src/views/environmentRow.ts";
import { unfinishedGroupRow, unfinishedRow } from "../../../src/views/unfinishedRow.ts";

const speech: Speech = {
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
};
const NOW = 1_800_000_000_000;
const begun = { id: "one", name: "trainer", startedAt: NOW - 2 * 3_600_000 };

describe("the row of an unfinished operation", () => {
  it("is heard as one whole sentence: what it is, since when, and what is the matter", () => {
    const interrupted = { ...begun, trouble: sentence("It was interrupted.") };
    expect(unfinishedRow(interrupted, NOW, speech).spoken).toBe("trainer, begun 2 hr. ago: It was interrupted.");
    const remnant = { ...begun, trouble: sentence("the key pair {0}", "k"), isRemnant: true };
    expect(unfinishedRow(remnant, NOW, speech).spoken).toBe("trainer, begun 2 hr. ago: the key pair k.");
    expect(unfinishedGroupRow(speech).spoken).toBe("Unfinished, may cost money.");
  });

  it("can be finished where it was begun on this computer, and deleted in any case", () => {
    expect(unfinishedRow(begun, NOW, speech).context).toEqual(["unfinished", "canFinish"]);
    expect(unfinishedRow({ ...begun, isRemnant: true }, NOW, speech).context).toEqual(["unfinished"]);
  });
});
