/** Numbers and times as a person reads them in the editor's language. Nothing here invents a value. */
export interface Format {
  readonly percent: (value: number) => string;
  /** MiB shown as GiB with one decimal below 10. */
  readonly memory: (mebibytes: number) => string;
  readonly memoryUse: (usedMiB: number, totalMiB: number) => string;
  readonly temperature: (celsius: number) => string;
  readonly power: (watts: number) => string;
  readonly clock: (megahertz: number) => string;
  /** "12 s ago", "3 min. ago", "2 days ago". */
  readonly age: (milliseconds: number) => string;
}

/** The formats of a language are made when the first number is shown: to make them takes longer than all of the start. */
export function createFormat(language: string): Format {
  const integer = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 0 }));
  const decimal = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 }));
  const relative = once(() => new Intl.RelativeTimeFormat(language, { style: "short" }));
  const gibibytes = (mebibytes: number): string => {
    const value = mebibytes / 1024;
    return (value < 10 ? decimal() : integer()).format(value);
  };
  return {
    percent: (value) => `${integer().format(value)} %`,
    memory: (mebibytes) => `${gibibytes(mebibytes)} GiB`,
    memoryUse: (usedMiB, totalMiB) => `${gibibytes(usedMiB)}/${gibibytes(totalMiB)} GiB`,
    temperature: (celsius) => `${integer().format(celsius)} °C`,
    power: (watts) => `${integer().format(watts)} W`,
    clock: (megahertz) => `${integer().format(megahertz)} MHz`,
    age: (milliseconds) => describeAge(milliseconds, relative()),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const AGE_UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const satisfies readonly (readonly [Intl.RelativeTimeFormatUnit, number])[];

function describeAge(milliseconds: number, relative: Intl.RelativeTimeFormat): string {
  const [unit, length] = AGE_UNITS.find(([, size]) => milliseconds >= size) ?? (["second", 1000] as const);
  return relative.format(-Math.max(0, Math.floor(milliseconds / length)), unit);
}
