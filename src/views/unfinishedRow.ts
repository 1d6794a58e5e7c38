import { plainText } from "../core/plainText.ts";
import type { Speech } from "./environmentRow.ts";
import type { Row } from "./row.ts";
import type { Unfinished } from "./treeChildren.ts";

/** The heading over what was begun and not ended well. */
export function unfinishedGroupRow({ say }: Speech): Row {
  const label = say("Unfinished");
  return {
    label,
    description: say("may cost money"),
    tooltip: () => [say("Begun here and not ended well. Something of it may still be in the cloud and cost money.")],
    icon: { codicon: "warning", color: "problemsWarningIcon.foreground" },
    spoken: say("Unfinished, may cost money."),
    context: [],
    expandable: true,
  };
}

export function unfinishedRow(operation: Unfinished, now: number, speech: Speech): Row {
  const label = plainText(operation.name);
  const trouble = operation.trouble ? plainText(speech.localize(operation.trouble), 600) : "";
  const age = speech.format.age(now - operation.startedAt);
  return {
    label,
    description: trouble,
    tooltip: () => [label, trouble, speech.say("Begun {0}", age)],
    icon: { codicon: "debug-disconnect", color: "problemsWarningIcon.foreground" },
    spoken: speech.say("{0}, begun {1}: {2}", label, age, trouble.replace(/[^.]$/, "$&.")),
    context: ["unfinished", ...(operation.isRemnant === true ? [] : ["canFinish"])],
    expandable: false,
  };
}
