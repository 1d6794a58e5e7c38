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
  "memory.used",
  "memory.total",
  "temperature.gpu",
  "power.draw",
];

/** The fields to ask for, out of what `nvidia-smi --help-query-gpu` lists. Undefined or unreadable help: the minimal list. */
export function chooseFields(helpQueryGpu: string | undefined): readonly string[] {
  void helpQueryGpu;
  return MINIMAL_FIELDS;
}

/** The list without the field that nvidia-smi refused; undefined where the output names none of them. */
export function withoutField(fields: readonly string[], errorOutput: string): readonly string[] | undefined {
  const refused = /Field "([^"]+)" is not a valid field/.exec(errorOutput)?.[1];
  const rest = fields.filter((field) => field !== refused);
  return rest.length < fields.length ? rest : undefined;
}
