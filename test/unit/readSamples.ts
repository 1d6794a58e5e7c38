// Prints what the parsers make of every sample; started in accounts of different locales.
import { parseCsv } from "../../src/gpu/csv.ts";
import { parseDetails } from "../../src/gpu/detailsProbe.ts";
import { parseKernelLog } from "../../src/gpu/kernelLog.ts";
import { GpuDevError } from "../../src/core/error.ts";
import { outcomeOf, readSample, sampleNames } from "./gpu/samples.ts";

const shown = (value: unknown): unknown => (value instanceof GpuDevError ? { error: value.message } : value);

for (const folder of ["", "errors", "split"])
  for (const name of sampleNames(folder)) {
    const text = readSample(name);
    const outcomes = [parseCsv, parseDetails, parseKernelLog].map((parse) =>
      shown(outcomeOf<unknown>(() => parse(text))),
    );
    console.log(JSON.stringify({ name, outcomes }));
  }
