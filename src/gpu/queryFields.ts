/** One wish: its names from the best to the oldest, of which the first that the driver knows is asked for. */
type Wish = readonly [string, ...string[]];

// `index` is first: a row of readings begins with a number, which tells it from a header or a notice.
const WISHES: readonly Wish[] = [
  ["index"],
  ["uuid", "gpu_uuid"],
  ["pci.bus_id", "gpu_bus_id"],
  ["name", "gpu_name"],
  ["driver_version", "kmd_version"],
  ["count"],
  ["pstate"],
  ["utilization.gpu"],
  ["utilization.memory"],
  ["memory.used"],
  ["memory.total"],
  ["temperature.gpu"],
  ["temperature.memory"],
  ["power.draw", "power.draw.average", "gpu.power.draw.average"],
  ["enforced.power.limit", "gpu.power.current_limit", "power.limit"],
  ["clocks.sm", "clocks.current.sm"],
  ["clocks.mem", "clocks.current.memory"],
  ["fan.speed"],
  ["clocks_event_reasons.active", "clocks_throttle_reasons.active"],
  ["mig.mode.current"],
];

/** Fields of the oldest driver in use; what is asked for where the driver does not say what it knows. */
export const MINIMAL_FIELDS: readonly string[] = [
  "index",
  "uuid",
  "pci.bus_id",
  "name",
  "driver_version",
  "count",
  "pstate",
  "utilization.gpu",
  "utilization.memory",
  "memory.used",
  "memory.total",
  "temperature.gpu",
  "power.draw",
  "clocks.sm",
  "clocks.mem",
];

/** The longest such line of driver 610 has 107 characters. */
const MAX_NAMES_LENGTH = 1000;
/** Fewer than these in a help text means that it is none. */
const MIN_KNOWN_FIELDS = 5;

/** The fields to ask for, out of what `nvidia-smi --help-query-gpu` lists. Undefined or unreadable help: the minimal list. */
export function chooseFields(helpQueryGpu: string | undefined): readonly string[] {
  const help = helpQueryGpu ?? "";
  const chosen = WISHES.flatMap((names) => names.find((name) => isKnown(name, help)) ?? []);
  return chosen.length >= MIN_KNOWN_FIELDS && chosen[0] === "index" ? chosen : MINIMAL_FIELDS;
}

/** The list without the field that nvidia-smi refused; undefined where the output names none of them. */
export function withoutField(fields: readonly string[], errorOutput: string): readonly string[] | undefined {
  const refused = /Field "([^"\r\n]{1,200})" is not a valid field/.exec(errorOutput)?.[1]?.trim();
  const rest = fields.filter((field) => field !== refused);
  return rest.length < fields.length && rest.length > 0 ? rest : undefined;
}

/** Whether a line such as `"uuid" or "gpu_uuid"` names the field and holds nothing but names. */
function isKnown(name: string, help: string): boolean {
  const quoted = `"${name}"`;
  // From line to line: one that names the field a million times is looked at once.
  for (let at = help.indexOf(quoted); at >= 0;) {
    const newline = help.indexOf("\n", at);
    const end = newline < 0 ? help.length : newline;
    const line = help.slice(help.lastIndexOf("\n", at) + 1, end);
    if (line.length <= MAX_NAMES_LENGTH && /^\s*"[\w.]+"(?: or "[\w.]+")*\s*$/.test(line)) return true;
    at = help.indexOf(quoted, end);
  }
  return false;
}
