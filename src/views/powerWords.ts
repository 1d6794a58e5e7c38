import type { Environment, PowerOperation } from "../core/environment.ts";
import { plainText } from "../core/plainText.ts";
import type { Speech } from "./environmentRow.ts";
import type { Say } from "./row.ts";

/** The title of each operation, as its command is called. */
export const OPERATION_TITLES: Readonly<Record<PowerOperation, (say: Say) => string>> = {
  start: (say) => say("Resume"),
  stop: (say) => say("Stop"),
  hibernate: (say) => say("Hibernate"),
  restart: (say) => say("Restart"),
  delete: (say) => say("Delete"),
  scale: (say) => say("Scale"),
  extend: (say) => say("Extend"),
};

const TOKENS: Readonly<Record<PowerOperation, string>> = {
  start: "canStart",
  stop: "canStop",
  hibernate: "canHibernate",
  restart: "canRestart",
  delete: "canDelete",
  scale: "canScale",
  extend: "canExtend",
};

const OPERATIONS = Object.keys(TOKENS) as readonly PowerOperation[];

/** The tokens by which the menus offer exactly what would work. */
export function powerContext({ operations }: Environment): readonly string[] {
  const can = OPERATIONS.filter((operation) => operations[operation].available);
  const pause = can.includes("hibernate") || can.includes("stop") ? ["canPause"] : [];
  return ["managed", ...can.map((operation) => TOKENS[operation]), ...pause];
}

/** What only some kinds of environments can do at all: where one cannot, nobody misses it. */
const RARE: ReadonlySet<PowerOperation> = new Set(["scale", "extend"]);
export const USUAL_OPERATIONS = OPERATIONS.filter((operation) => !RARE.has(operation));

/** Why each of the others is not offered. */
export function powerLines({ operations }: Environment, { say, localize }: Speech): readonly string[] {
  const reasons = USUAL_OPERATIONS.flatMap((operation) => {
    const availability = operations[operation];
    if (availability.available) return [];
    return [[OPERATION_TITLES[operation](say), plainText(localize(availability.reason), 300)] as const];
  });
  const byReason = new Map<string, readonly string[]>();
  for (const [title, reason] of reasons) byReason.set(reason, [...(byReason.get(reason) ?? []), title]);
  return [...byReason].map(([reason, titles]) => `${titles.join(", ")}: ${reason}`);
}
