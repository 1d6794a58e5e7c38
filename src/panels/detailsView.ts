import { plainText } from "../core/plainText.ts";
import { sentence, type Sentence } from "../core/sentence.ts";
import type { EccCounts, GpuDetail, RemappedRows } from "../gpu/details.ts";
import type { HostDetail } from "../health/watch.ts";
import { byIndex, gpuLabel, throttleText } from "./gpuCards.ts";
import type { Localize } from "./labels.ts";
import type { DetailsView } from "./protocol.ts";
import { tell } from "./words.ts";

const ABSENT = "–";

/** The full report as a table of properties by GPU. A property that no GPU has is left out. */
export function toDetailsView(detail: HostDetail | undefined, localize: Localize): DetailsView {
  const report = detail?.details;
  const gpus = byIndex(report?.gpus ?? []);
  const note = detail?.detailsNote;
  const host = [
    { label: tell(localize, sentence("Driver")), value: shown(report?.driverVersion) },
    { label: tell(localize, sentence("CUDA")), value: shown(report?.cudaVersion) },
  ];
  return {
    host: report === undefined ? [] : host,
    columns: gpus.map((gpu) => gpuLabel(gpu, localize)),
    rows: PROPERTIES.map(({ label, read }) => ({
      label: tell(localize, label),
      cells: gpus.map((gpu) => shown(read(gpu, localize))),
    })).filter(({ cells }) => cells.some((cell) => cell !== ABSENT)),
    mig: gpus.flatMap((gpu) => toMigRows(gpu, localize)),
    ...(note === undefined ? {} : { note: tell(localize, note.sentence) }),
  };
}

interface Property {
  readonly label: Sentence;
  readonly read: (gpu: GpuDetail, localize: Localize) => string | undefined;
}

/** What tells of the health of a GPU first, what it is after that. */
const PROPERTIES: readonly Property[] = [
  { label: sentence("Lost"), read: (gpu) => gpu.lost },
  { label: sentence("Recovery action"), read: (gpu) => gpu.recoveryAction },
  { label: sentence("Clocks held back by"), read: toThrottle },
  { label: sentence("ECC errors since driver start"), read: (gpu, localize) => toEcc(gpu.ecc, "volatile", localize) },
  { label: sentence("ECC errors in total"), read: (gpu, localize) => toEcc(gpu.ecc, "aggregate", localize) },
  { label: sentence("Remapped rows"), read: (gpu, localize) => toRemapped(gpu.remappedRows, localize) },
  { label: sentence("Retired pages pending"), read: (gpu, localize) => yesNo(gpu.retiredPagesPending, localize) },
  { label: sentence("PCIe"), read: toPcie },
  { label: sentence("Fabric"), read: toFabric },
  { label: sentence("Slows down at"), read: (gpu) => celsius(gpu.slowdownTemperatureC) },
  { label: sentence("Shuts down at"), read: (gpu) => celsius(gpu.shutdownTemperatureC) },
  { label: sentence("Performance state"), read: (gpu) => gpu.performanceState },
  { label: sentence("Persistence mode"), read: (gpu, localize) => yesNo(gpu.persistenceMode, localize) },
  { label: sentence("Compute mode"), read: (gpu) => gpu.computeMode },
  { label: sentence("MIG"), read: (gpu, localize) => yesNo(gpu.migEnabled, localize) },
  { label: sentence("Virtualization"), read: (gpu) => gpu.virtualizationMode },
  { label: sentence("vGPU license"), read: (gpu) => gpu.vgpuLicense },
  { label: sentence("Driver model"), read: (gpu) => gpu.driverModel },
  { label: sentence("Architecture"), read: (gpu) => gpu.architecture },
  { label: sentence("Bus id"), read: (gpu) => gpu.busId },
  { label: sentence("UUID"), read: (gpu) => gpu.uuid },
  { label: sentence("Serial number"), read: (gpu) => gpu.serial },
];

function shown(remote: string | undefined): string {
  const clean = plainText(remote ?? "", 200);
  return clean === "" ? ABSENT : clean;
}

function yesNo(value: boolean | undefined, localize: Localize): string | undefined {
  return value === undefined ? undefined : tell(localize, value ? sentence("Yes") : sentence("No"));
}

function celsius(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value} °C`;
}

/** An empty list of reasons was measured: nothing holds the clocks back. */
function toThrottle(gpu: GpuDetail, localize: Localize): string | undefined {
  if (gpu.throttleReasons === undefined) return undefined;
  return throttleText(gpu.throttleReasons, localize) ?? tell(localize, sentence("nothing"));
}

function toEcc(ecc: EccCounts | undefined, span: "volatile" | "aggregate", localize: Localize): string | undefined {
  if (ecc?.enabled === false) return tell(localize, sentence("ECC is off"));
  const uncorrected = ecc?.[`${span}Uncorrected`];
  const corrected = ecc?.[`${span}Corrected`];
  if (uncorrected === undefined && corrected === undefined) return undefined;
  return tell(localize, sentence("{0} uncorrected, {1} corrected", uncorrected ?? ABSENT, corrected ?? ABSENT));
}

function toRemapped(remapped: RemappedRows | undefined, localize: Localize): string | undefined {
  if (remapped?.correctable === undefined && remapped?.uncorrectable === undefined) return undefined;
  const counts = [remapped.uncorrectable ?? ABSENT, remapped.correctable ?? ABSENT];
  const parts = [tell(localize, sentence("{0} uncorrectable, {1} correctable", ...counts))];
  if (remapped.pending === true) parts.push(tell(localize, sentence("pending")));
  if (remapped.failure === true) parts.push(tell(localize, sentence("failed")));
  return parts.join(", ");
}

function toPcie({ pcie }: GpuDetail, localize: Localize): string | undefined {
  if (pcie?.generation === undefined || pcie.width === undefined) return undefined;
  const { generation, maxGeneration = generation, width, maxWidth = width } = pcie;
  if (generation === maxGeneration && width === maxWidth)
    return tell(localize, sentence("Gen {0} ×{1}", generation, width));
  return tell(localize, sentence("Gen {0} ×{1} of Gen {2} ×{3}", generation, width, maxGeneration, maxWidth));
}

function toFabric({ fabric }: GpuDetail): string | undefined {
  const parts = [fabric?.state, fabric?.status, fabric?.health].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(", ");
}

function toMigRows(gpu: GpuDetail, localize: Localize): DetailsView["mig"] {
  return gpu.migDevices.map((device) => ({
    gpu: gpuLabel(gpu, localize),
    name:
      device.name === undefined
        ? tell(localize, sentence("MIG device {0}", device.index ?? ABSENT))
        : shown(device.name),
    ...(device.memoryUsedMiB === undefined ? {} : { memoryUsedMiB: device.memoryUsedMiB }),
    ...(device.memoryTotalMiB === undefined ? {} : { memoryTotalMiB: device.memoryTotalMiB }),
  }));
}
