import { describe, expect, it } from "vitest";
import type { Environment } from "../../../src/core/environment.ts";
import { inEnglish, sentence } from "../../../src/core/sentence.ts";
import { consolePage } from "../../../src/providers/aws/consolePage.ts";
import { createFormat } from "../../../src/ui/format.ts";
import { alarmMessage } from "../../../src/views/alarmMessages.ts";
import type { Speech } from "../../../src/views/environmentRow.ts";
import { anEnvironment } from "../../fakes/environment.ts";

const speech: Speech = {
  say: (template, ...values) => inEnglish(sentence(template, ...values)),
  localize: inEnglish,
  format: createFormat("en"),
};
const page = consolePage("eu-central-1", "i-0123456789abcdef0");
const stuck = (name: string): Environment => ({
  ...anEnvironment({ id: name, name }),
  alarm: { text: sentence("It is stuck."), page },
});

describe("what is said of an alarm", () => {
  it("names the machine, what is the matter, and where to look", () => {
    expect(alarmMessage([stuck("trainer")], speech)).toEqual({ text: "trainer: It is stuck.", page });
    expect(alarmMessage([], speech)).toBeUndefined();
  });

  it("is one message for several, of which it names five", () => {
    const many = Array.from({ length: 7 }, (_, index) => stuck(`box-${index}`));
    expect(alarmMessage(many.slice(0, 2), speech)?.text).toBe(
      "2 machines need a look: box-0, box-1. Of the first: box-0: It is stuck.",
    );
    expect(alarmMessage(many, speech)?.text).toContain("box-0, box-1, box-2, box-3, box-4 and 2 more");
  });
});

describe("the page of an instance", () => {
  it("is in the console of its partition", () => {
    const hosts = ["eu-central-1", "cn-north-1", "us-gov-west-1"].map(
      (region) => new URL(consolePage(region, "i-1")).host,
    );
    expect(hosts).toEqual([
      "eu-central-1.console.aws.amazon.com",
      "cn-north-1.console.amazonaws.cn",
      "us-gov-west-1.console.amazonaws-us-gov.com",
    ]);
  });
});
