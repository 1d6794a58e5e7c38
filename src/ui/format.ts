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
  /** A day and time of day, of wall-clock milliseconds. */
  readonly time: (at: number) => string;
  /** Cents where they matter, a third digit where they do not suffice: "$32.77", "$0.011". */
  readonly money: (amount: number, currency: string) => string;
}

/** The formats of a language are made when the first number is shown: to make them takes longer than all of the start. */
export function createFormat(language: string): Format {
  const integer = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 0 }));
  const decimal = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 }));
  const timeOfDay = once(() => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }));
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
    time: (at) => timeOfDay().format(at),
    money: (amount, currency) => describeMoney(amount, currency, language),
  };
}

/** Never rounded to nothing: what costs something is shown to cost something. */
function describeMoney(amount: number, currency: string, language: string): string {
  const digits = amount >= 0.1 || amount === 0 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(amount)));
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return isCurrency(currency)
    ? new Intl.NumberFormat(language, { ...options, style: "currency", currency }).format(amount)
    : new Intl.NumberFormat(language, options).format(amount);
}

function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
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
