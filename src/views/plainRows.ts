import { canAnswer, type Environment } from "../core/environment.ts";
import type { Inventory } from "../core/inventory.ts";
import type { Listing } from "../core/listing.ts";
import { plainText } from "../core/plainText.ts";
import type { EnvironmentProvider } from "../core/provider.ts";
import type { GpuProblem, Severity } from "../gpu/problem.ts";
import type { Watch } from "../health/watch.ts";
import type { Speech } from "./environmentRow.ts";
import type { Row, RowIcon } from "./row.ts";

/** The heading over one provider's environments. */
export function providerRow(
  providerId: string,
  inventory: Pick<Inventory, "listing" | "provider">,
  { say, localize }: Speech,
): Row {
  const listing = inventory.listing(providerId);
  const provider = inventory.provider(providerId);
  const label = provider ? localize(provider.displayName) : plainText(providerId);
  const description = headingWords(listing, say);
  return {
    label,
    description,
    tooltip: () => [label],
    icon: { codicon: "server-environment" },
    spoken: [label, description].filter((part) => part !== "").join(", "),
    context: ["provider", ...(provider?.provisioning ? ["canProvision"] : [])],
    expandable: true,
  };
}

/** That it is being listed once more is no news: what is known stays, and is drawn again where it changes. */
function headingWords(listing: Listing | undefined, say: Speech["say"]): string {
  if (listing === undefined || (listing.kind === "loading" && listing.at === undefined)) return say("loading…");
  return listing.kind !== "failed" && listing.environments.length === 0 ? say("no machines") : "";
}

/** The one error row of a provider that could not be listed; what it listed before stays below it. */
export function failureRow(
  providerId: string,
  inventory: Pick<Inventory, "listing" | "provider">,
  now: number,
  { say, localize, format }: Speech,
): Row {
  const listing = inventory.listing(providerId);
  const error = listing?.kind === "failed" ? plainText(localize(listing.error.sentence), 600) : "";
  const age = listing?.at === undefined ? [] : [say("Listed {0}.", format.age(now - listing.at))];
  return {
    label: say("Cannot be listed"),
    description: error,
    tooltip: () => [error, ...age],
    icon: ERROR_ICON,
    spoken: `${say("Cannot be listed")}: ${error}`,
    context: ["failure", "trouble", ...(canSignIn(listing, inventory.provider(providerId)) ? ["signIn"] : [])],
    expandable: false,
  };
}

function canSignIn(listing: Listing | undefined, provider: EnvironmentProvider | undefined): boolean {
  return listing?.kind === "failed" && listing.error.code === "authentication" && provider?.signIn?.() !== undefined;
}

export function problemRow(problem: GpuProblem | undefined, { localize }: Speech): Row {
  const title = problem ? plainText(localize(problem.title), 300) : "";
  const details = problem ? [problem.explanation, problem.nextStep].map((text) => plainText(localize(text), 1000)) : [];
  return {
    label: title,
    description: "",
    tooltip: () => [title, ...details],
    icon: SEVERITY_ICONS[problem?.severity ?? "information"],
    spoken: [title, ...details].join(" "),
    context: ["problem"],
    expandable: false,
  };
}

/** Why there is no live reading, in a whole sentence. */
export function noteRow(environment: Environment | undefined, watch: Watch, { say, localize }: Speech): Row {
  const isOff = environment !== undefined && !canAnswer(environment);
  const text = isOff ? say("It is not running, so its GPUs cannot be read.") : noteText(watch, { say, localize });
  return {
    label: text,
    description: "",
    tooltip: () => [text],
    icon: watch.kind === "connecting" ? { codicon: "loading~spin" } : { codicon: "info" },
    spoken: text,
    context: isOff ? ["note"] : noteContext(watch),
    expandable: false,
  };
}

/** The tokens of what can be done about it: as on the row of the environment, and the log. */
function noteContext(watch: Watch): readonly string[] {
  if (watch.kind !== "unreachable" && watch.kind !== "no-reading") return ["note"];
  return ["note", "trouble", watch.error.code === "host-key-changed" ? "changedKey" : "needsUser"];
}

function noteText(watch: Watch, { say, localize }: Pick<Speech, "say" | "localize">): string {
  switch (watch.kind) {
    case "idle":
      return say("Not being read at the moment.");
    case "connecting":
      return say("Connecting…");
    case "live":
      return "";
    case "no-reading":
    case "unreachable":
      return plainText(localize(watch.error.sentence), 1_000); // several things may be missing, each with its fix
  }
}

const ERROR_ICON: RowIcon = { codicon: "error", color: "problemsErrorIcon.foreground" };

const SEVERITY_ICONS: Readonly<Record<Severity, RowIcon>> = {
  critical: ERROR_ICON,
  warning: { codicon: "warning", color: "problemsWarningIcon.foreground" },
  information: { codicon: "info", color: "problemsInfoIcon.foreground" },
};
