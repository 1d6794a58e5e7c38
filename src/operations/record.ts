import * as v from "valibot";
import type { Answers } from "../core/provisioning.ts";
import type { Sentence } from "../core/sentence.ts";

/** What the journal keeps of one operation, from before its first effect until its end is reported. */
export type OperationRecord = PowerRecord | ProvisionRecord;

interface Common {
  readonly id: string;
  readonly providerId: string;
  /** The environment it is about: as its owner named it, or is going to. */
  readonly name: string;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  readonly steps: Readonly<Record<string, string>>;
}

export interface PowerRecord extends Common {
  readonly kind: "power";
  readonly environmentId: string;
  readonly operation: (typeof OPERATIONS)[number];
  /** Of a start: the size that the machine has from then on. */
  readonly size?: string;
}

export interface ProvisionRecord extends Common {
  readonly kind: "provision";
  readonly answers: Answers;
  /** Found in a cloud, without a journal: there is nothing to go on with. */
  readonly isRemnant?: boolean;
  /** What went wrong; set once it ended badly and something may be left behind. */
  readonly trouble?: Sentence;
}

const OPERATIONS = ["start", "stop", "hibernate", "restart", "delete", "scale", "extend"] as const;

const text = v.pipe(v.string(), v.maxLength(4_096));
const texts = v.record(text, text);
const sentences: v.GenericSchema<Sentence> = v.object({
  template: text,
  values: v.array(v.union([text, v.number(), v.lazy(() => sentences)])),
});
const common = {
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/)),
  providerId: text,
  name: text,
  startedAt: v.pipe(v.number(), v.finite(), v.minValue(0)),
  steps: texts,
};
const schema = v.variant("kind", [
  v.object({
    ...common,
    kind: v.literal("power"),
    environmentId: text,
    operation: v.picklist(OPERATIONS),
    size: v.exactOptional(text),
  }),
  v.object({
    ...common,
    kind: v.literal("provision"),
    answers: texts,
    trouble: v.exactOptional(sentences),
    isRemnant: v.exactOptional(v.boolean()),
  }),
]);

/** Throws for bytes that are no record. */
export function parseRecord(bytes: Uint8Array): OperationRecord {
  return v.parse(schema, JSON.parse(Buffer.from(bytes).toString("utf8")));
}

export function serializeRecord(record: OperationRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ version: 1, ...record }));
}
