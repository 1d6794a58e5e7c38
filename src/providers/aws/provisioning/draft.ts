import { GpuDevError } from "../../../core/error.ts";
import type { Answers } from "../../../core/provisioning.ts";
import { sentence } from "../../../core/sentence.ts";
import type { Market } from "../priceBook.ts";
import type { Catalogue } from "./catalogue.ts";
import type { GpuType } from "./gpuType.ts";
import { SYSTEMS, type SystemKind } from "./images.ts";

/** The questions, by the ids that answers have. */
export const QUESTION = {
  gpu: "gpu",
  instanceType: "instanceType",
  market: "market",
  network: "network",
  system: "image",
  disk: "diskGiB",
  hibernation: "hibernation",
  name: "name",
  tags: "tags",
  maxHours: "maxHours",
  atMaxHours: "atMaxHours",
  key: "key",
  sshFrom: "sshFrom",
} as const;

/** The answers so far, each found to be one. */
export interface Draft {
  readonly answers: Answers;
  readonly catalogue: Catalogue;
}

export function chosenType({ answers, catalogue }: Draft): GpuType {
  const type = catalogue.types.find(({ name }) => name === answers[QUESTION.instanceType]);
  return type ?? missing(QUESTION.instanceType);
}

export function chosenMarket({ answers }: Draft): Market {
  const market = answers[QUESTION.market];
  return market === "on-demand" || market === "spot" ? market : missing(QUESTION.market);
}

export function chosenSystem({ answers }: Draft): SystemKind {
  return SYSTEMS.find(({ id }) => id === answers[QUESTION.system]) ?? missing(QUESTION.system);
}

export function chosenDisk({ answers }: Draft): number {
  return wholeNumber(answers[QUESTION.disk]) ?? missing(QUESTION.disk);
}

export function chosenHibernation({ answers }: Draft): boolean {
  return answers[QUESTION.hibernation] === "yes";
}

/** Undefined: it may run for ever. */
export function chosenMaxHours({ answers }: Draft): number | undefined {
  return wholeNumber(answers[QUESTION.maxHours]);
}

/** "120" → 120; undefined for anything else than digits. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,7}$/.test(text.trim()) ? Number(text) : undefined;
}

export function missing(id: string): never {
  throw new GpuDevError("invalid-request", sentence("The machine cannot be made: {0} is not answered.", id));
}
