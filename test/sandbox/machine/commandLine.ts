/** What was asked of nvidia-smi. */
export interface Request {
  readonly question: Question;
  /** Indices, UUIDs or bus ids; all GPUs where absent. */
  readonly only?: readonly string[];
  /** Asks again and again, this many milliseconds apart. */
  readonly everyMs?: number;
}

export type Question =
  | { readonly kind: "table" }
  | { readonly kind: "list" }
  | { readonly kind: "version" }
  | { readonly kind: "report"; readonly xml: boolean }
  | { readonly kind: "gpu-fields" }
  | { readonly kind: "process-fields" }
  | {
      readonly kind: "csv";
      readonly of: "gpu" | "processes";
      readonly fields: string;
      readonly format: readonly string[];
    }
  | { readonly kind: "refused"; readonly message: string };

interface Parsing {
  readonly rest: string[];
  readonly flags: Set<string>;
  csv?: { readonly of: "gpu" | "processes"; readonly fields: string };
  format?: readonly string[];
  only?: readonly string[];
  everyMs?: number;
  refused?: string;
}

type Option = (parsing: Parsing, value: string) => void;

const csv =
  (of: "gpu" | "processes"): Option =>
  (parsing, value) =>
    (parsing.csv = { of, fields: value });

/** Options with a value, which follows "=" or is the next argument. */
const OPTIONS: Readonly<Record<string, Option>> = {
  "--query-gpu": csv("gpu"),
  "--query-compute-apps": csv("processes"),
  "--format": (parsing, value) => (parsing.format = value.split(",").map((part) => part.trim())),
  "-i": (parsing, value) => (parsing.only = value.split(",").map((part) => part.trim())),
  "--id": (parsing, value) => (parsing.only = value.split(",").map((part) => part.trim())),
  "-l": (parsing, value) => every(parsing, Number(value) * 1000),
  "--loop": (parsing, value) => every(parsing, Number(value) * 1000),
  "-lms": (parsing, value) => every(parsing, Number(value)),
  "--loop-ms": (parsing, value) => every(parsing, Number(value)),
};

const FLAGS: Readonly<Record<string, string>> = {
  "-L": "list",
  "--list-gpus": "list",
  "-q": "query",
  "--query": "query",
  "-x": "xml",
  "--xml-format": "xml",
  "--version": "version",
  "--help-query-gpu": "gpu-fields",
  "--help-query-compute-apps": "process-fields",
};

export function parseCommandLine(args: readonly string[]): Request {
  const parsing: Parsing = { rest: [...args], flags: new Set() };
  while (parsing.rest.length > 0 && parsing.refused === undefined) takeOne(parsing, parsing.rest.shift() ?? "");
  return {
    question: questionOf(parsing),
    ...(parsing.only ? { only: parsing.only } : {}),
    ...(parsing.everyMs === undefined ? {} : { everyMs: parsing.everyMs }),
  };
}

function takeOne(parsing: Parsing, argument: string): void {
  const equals = argument.indexOf("=");
  const name = equals < 0 ? argument : argument.slice(0, equals);
  const option = OPTIONS[name];
  const flag = FLAGS[argument];
  if (flag) parsing.flags.add(flag);
  else if (!option)
    parsing.refused = `Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n`;
  else {
    const value = equals < 0 ? parsing.rest.shift() : argument.slice(equals + 1);
    if (value === undefined)
      parsing.refused = `ERROR: Option ${name} is missing its value. Please run 'nvidia-smi -h' for help.\n\n`;
    else option(parsing, value);
  }
}

function every(parsing: Parsing, everyMs: number): void {
  if (Number.isFinite(everyMs) && everyMs > 0) parsing.everyMs = everyMs;
  else parsing.refused = "ERROR: The loop interval is not a valid number.\n\n";
}

function questionOf({ refused, csv: query, format, flags }: Parsing): Question {
  if (refused !== undefined) return { kind: "refused", message: refused };
  if (query) return csvQuestion(query, format);
  if (flags.has("list")) return { kind: "list" };
  if (flags.has("version")) return { kind: "version" };
  if (flags.has("gpu-fields")) return { kind: "gpu-fields" };
  if (flags.has("process-fields")) return { kind: "process-fields" };
  return flags.has("query") ? { kind: "report", xml: flags.has("xml") } : { kind: "table" };
}

function csvQuestion(query: NonNullable<Parsing["csv"]>, format: Parsing["format"]): Question {
  if (format?.includes("csv")) return { kind: "csv", ...query, format };
  return { kind: "refused", message: "\"--format=\" switch is missing. Please run 'nvidia-smi -h' for help.\n\n" };
}
