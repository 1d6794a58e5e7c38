import { SaxesParser } from "saxes";

/** What is read of a report: element names to what is read within them. An empty object is a leaf. */
export interface Wanted {
  readonly [element: string]: Wanted;
}

/** Texts by path within the record, e.g. "fb_memory_usage/total". An element with parts may hold a text instead of them. */
export type Texts = ReadonlyMap<string, string>;

/** One repeated element: its id, its texts, and the records within it by their path, e.g. "processes/process_info". */
export interface XmlRecord {
  readonly id: string | undefined;
  readonly texts: Texts;
  readonly records: ReadonlyMap<string, readonly XmlRecord[]>;
}

interface OpenRecord {
  readonly id: string | undefined;
  readonly texts: Map<string, string>;
  readonly records: Map<string, XmlRecord[]>;
}

/** One step of the way to an element: compiled once, so that reading makes no object per element. */
interface Step {
  readonly name: string;
  /** Within its record. */
  readonly path: string;
  readonly isRecord: boolean;
  readonly parts: ReadonlyMap<string, Step>;
}

/** The longest text kept of one element: a command line of a process has been seen with 4 kB. */
const MAX_TEXT_LENGTH = 8192;
/** Real reports have eight levels. */
const MAX_DEPTH = 64;
/** 16 GPUs with all their parts and some hundred processes each. */
const MAX_RECORDS = 10_000;

export interface XmlShape {
  readonly root: Step;
}

/** Prepares what to read. `records` names the elements that repeat, by their whole path, e.g. "gpu/processes/process_info". */
export function xmlShape(rootName: string, wanted: Wanted, records: readonly string[]): XmlShape {
  const step = (name: string, absolute: string, path: string, parts: Wanted): Step => {
    const isRecord = absolute === "" || records.includes(absolute);
    const within = isRecord ? "" : path;
    return {
      name,
      path,
      isRecord,
      parts: new Map(
        Object.entries(parts).map(([part, own]) => [
          part,
          step(part, joined(absolute, part), joined(within, part), own),
        ]),
      ),
    };
  };
  return { root: step(rootName, "", "", wanted) };
}

/** Reads a document in one pass. Throws whatever is wrong with it, as an Error of saxes: truncated, not well-formed, other root. */
export function readXml(xml: string, shape: XmlShape): XmlRecord {
  const reader = new Reader(shape.root);
  const parser = new SaxesParser({ position: false });
  parser.on("opentag", ({ name, attributes }) => {
    const { id } = attributes;
    reader.open(name, typeof id === "string" ? id : undefined);
  });
  parser.on("text", (text) => {
    reader.text(text);
  });
  parser.on("closetag", () => {
    reader.close();
  });
  parser.write(xml).close();
  return reader.document();
}

class Reader {
  private readonly root: Step;
  private readonly steps: Step[] = [];
  private readonly records: OpenRecord[] = [];
  private found: XmlRecord | undefined;
  /** Depth below an element that nobody wants. */
  private unwanted = 0;
  private count = 0;

  constructor(root: Step) {
    this.root = root;
  }

  open(name: string, id: string | undefined): void {
    if (this.unwanted > 0) {
      if (++this.unwanted > MAX_DEPTH) throw new Error("The elements are nested too deeply.");
      return;
    }
    const parent = this.steps.at(-1);
    const step = parent ? parent.parts.get(name) : name === this.root.name ? this.root : undefined;
    if (!step) {
      this.unwanted = 1;
      return;
    }
    this.steps.push(step);
    if (step.isRecord) this.records.push({ id, texts: new Map(), records: new Map() });
  }

  text(text: string): void {
    if (this.unwanted > 0) return;
    const path = this.steps.at(-1)?.path;
    const texts = this.records.at(-1)?.texts;
    if (path === undefined || !texts) return;
    const trimmed = text.trim();
    if (trimmed !== "") texts.set(path, ((texts.get(path) ?? "") + trimmed).slice(0, MAX_TEXT_LENGTH));
  }

  close(): void {
    if (this.unwanted > 0) {
      this.unwanted--;
      return;
    }
    const step = this.steps.pop();
    if (step?.isRecord !== true) return;
    const record = this.records.pop();
    const parent = this.records.at(-1);
    if (!parent) this.found = record;
    else if (record) this.add(parent, step.path, record);
  }

  private add(parent: OpenRecord, path: string, record: XmlRecord): void {
    if (++this.count > MAX_RECORDS) throw new Error("There are too many records.");
    const siblings = parent.records.get(path);
    if (siblings) siblings.push(record);
    else parent.records.set(path, [record]);
  }

  document(): XmlRecord {
    if (!this.found) throw new Error(`There is no element ${this.root.name}.`);
    return this.found;
  }
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}
