import { majorVersion, type Machine, type MigSlice } from "./machine.ts";
import { longTimestamp, processMemoryMiB, sliceMemoryMiB, type GpuMoment } from "./moment.ts";

/** The table of `nvidia-smi` without arguments was widened twice. Widths are between the bars. */
interface Layout {
  readonly columns: readonly [number, number, number];
  readonly nameWidth: number;
  readonly driverAt: number;
  readonly pidWidth: number;
  readonly heads: readonly [string, string];
  /** The corner before the line under the title. */
  readonly corner: "|" | "+";
}

const LAYOUTS: readonly { readonly since: number; readonly layout: Layout }[] = [
  {
    since: 545,
    layout: {
      columns: [41, 24, 22],
      nameWidth: 27,
      driverAt: 35,
      pidWidth: 16,
      heads: [" GPU  Name                 Persistence-M ", " Fan  Temp   Perf          Pwr:Usage/Cap "],
      corner: "+",
    },
  },
  {
    since: 525,
    layout: {
      columns: [41, 22, 22],
      nameWidth: 27,
      driverAt: 35,
      pidWidth: 10,
      heads: [" GPU  Name                 Persistence-M ", " Fan  Temp   Perf          Pwr:Usage/Cap "],
      corner: "|",
    },
  },
  {
    since: 0,
    layout: {
      columns: [31, 22, 22],
      nameWidth: 18,
      driverAt: 25,
      pidWidth: 10,
      heads: [" GPU  Name        Persistence-M", " Fan  Temp  Perf  Pwr:Usage/Cap"],
      corner: "|",
    },
  },
];

export function table(machine: Machine, moments: readonly GpuMoment[], atMs: number): string {
  const layout = layoutOf(machine);
  const width = layout.columns[0] + layout.columns[1] + layout.columns[2] + 2;
  const rule = `+${"-".repeat(width)}+`;
  const lines = [
    `${longTimestamp(atMs)}       `,
    rule,
    `|${title(machine, layout).padEnd(width)}|`,
    `${layout.corner}${layout.columns.map((column) => "-".repeat(column)).join("+")}+`,
    ...head(layout),
    ...moments.flatMap((moment) => [
      ...gpuRows(moment, layout),
      `+${layout.columns.map((c) => "-".repeat(c)).join("+")}+`,
    ]),
    "",
    ...migTable(moments, width),
    ...processTable(moments, layout, width),
    rule,
  ];
  return `${lines.join("\n")}\n`;
}

function layoutOf(machine: Machine): Layout {
  const driver = majorVersion(machine.driver);
  const found = LAYOUTS.find(({ since }) => driver >= since);
  if (!found) throw new Error(`No table for driver ${machine.driver.version}`);
  return found.layout;
}

function title({ driver }: Machine, { driverAt }: Layout): string {
  const renamed = majorVersion(driver) >= 610;
  const gap = driverAt === 25 ? 4 : renamed ? 5 : driver.version.length > 9 ? 5 : 6;
  const kernel = `${renamed ? "KMD" : "Driver"} Version: ${driver.version}${" ".repeat(gap)}`;
  return (
    ` NVIDIA-SMI ${driver.version}`.padEnd(driverAt) + `${kernel}CUDA ${renamed ? "UMD " : ""}Version: ${driver.cuda}`
  );
}

function head({ columns, heads }: Layout): readonly string[] {
  const [name, second] = columns;
  const bus = ` Bus-Id${"Disp.A ".padStart(second - 7)}`;
  return [
    `|${heads[0]}|${bus}| Volatile Uncorr. ECC |`,
    `|${heads[1]}|${"Memory-Usage ".padStart(second)}| GPU-Util  Compute M. |`,
    `|${" ".repeat(name)}|${" ".repeat(second)}|               MIG M. |`,
    `|${columns.map((column) => "=".repeat(column)).join("+")}|`,
  ];
}

function gpuRows(moment: GpuMoment, { columns, nameWidth }: Layout): readonly string[] {
  const { gpu, activity, index } = moment;
  const [first, second] = columns;
  const tail = first - 31 === 10 ? 4 : 2;
  const name = shortened(gpu.board.name, nameWidth).padEnd(nameWidth);
  const identity = ` ${String(index).padStart(3)}  ${name}${" ".repeat(tail)}On`.padEnd(first);
  const power = `${Math.round(activity.averagePowerW)}W`.padStart(first === 31 ? 7 : 16);
  const limit = `${gpu.board.power.limitW}W`.padStart(first === 31 ? 4 : 5);
  const heat = ` N/A ${`${activity.temperatureC}C`.padStart(5)}    P0${power} / ${limit} `;
  const used = `${activity.memoryUsedMiB}MiB`.padStart(second - 13);
  const memory = `${used} / ${`${gpu.board.memoryMiB}MiB`.padStart(second === 24 ? 9 : 8)} `;
  const busy = (gpu.mig ? "N/A" : `${activity.utilizationPercent}%`).padStart(8);
  const mig = gpu.board.mig ? (gpu.mig ? "Enabled" : "Disabled") : "N/A";
  return [
    `|${identity}|${`${gpu.busId} Off `.padStart(second)}|${(gpu.mig ? "On" : "0").padStart(21)} |`,
    `|${heat}|${memory.padStart(second)}|${busy}${"Default".padStart(13)} |`,
    `|${" ".repeat(first)}|${" ".repeat(second)}|${mig.padStart(21)} |`,
  ];
}

function migTable(moments: readonly GpuMoment[], width: number): readonly string[] {
  const rows = moments.flatMap((moment) => (moment.gpu.mig ?? []).map((slice, index) => ({ moment, slice, index })));
  if (rows.length === 0) return [];
  const column = width - 18 - 11 - 23 - 3;
  const rule = `+${"-".repeat(18)}+${"-".repeat(column)}+${"-".repeat(11)}+${"-".repeat(23)}+`;
  return [
    `+${"-".repeat(width)}+`,
    `|${" MIG devices:".padEnd(width)}|`,
    rule,
    `| GPU  GI  CI  MIG |${"Shared Memory-Usage ".padStart(column)}|        Vol|        Shared         |`,
    `|      ID  ID  Dev |${"Shared BAR1-Usage ".padStart(column)}| SM     Unc| CE ENC  DEC  OFA  JPG |`,
    `|                  |${" ".repeat(column)}|        ECC|                       |`,
    `|${"=".repeat(18)}+${"=".repeat(column)}+${"=".repeat(11)}+${"=".repeat(23)}|`,
    ...rows.flatMap(({ moment, slice, index }) => [...migRows(moment, slice, index, column), rule]),
    "",
  ];
}

function migRows(moment: GpuMoment, slice: MigSlice, index: number, column: number): readonly string[] {
  const ids = `  ${moment.index} ${String(slice.gpuInstance).padStart(4)}   0 ${String(index).padStart(3)}  `;
  const memory = (used: number): string =>
    `${`${used}MiB`.padStart(column - 16)} / ${`${slice.memoryMiB}MiB`.padStart(8)}`.padEnd(column);
  const engines = `  ${slice.copyEngines}   0    ${slice.decoders}    0    0 `;
  return [
    `|${ids}|${memory(sliceMemoryMiB(moment, index)).slice(-column)}|${String(slice.multiprocessors).padStart(3)}${"0".padStart(7)} |${engines.padEnd(23)}|`,
    `|${" ".repeat(18)}|${memory(0).slice(-column)}|${" ".repeat(11)}|${" ".repeat(23)}|`,
  ];
}

function processTable(moments: readonly GpuMoment[], { pidWidth }: Layout, width: number): readonly string[] {
  const rows = moments.flatMap((moment) =>
    moment.gpu.processes.map((process) => {
      const slice = process.slice === undefined ? undefined : moment.gpu.mig?.[process.slice];
      const ids = `${String(slice?.gpuInstance ?? "N/A").padStart(6)}${String(slice ? 0 : "N/A").padStart(5)}`;
      const who = `${String(moment.index).padStart(5)}${ids}${String(process.pid).padStart(pidWidth)}${"C".padStart(7)}   `;
      const memory = `${processMemoryMiB(moment, process)}MiB `.padStart(11);
      const name = width - who.length - memory.length;
      return `|${who}${shortened(process.name, name).padEnd(name)}${memory}|`;
    }),
  );
  const titles = `  GPU   GI   CI${"PID".padStart(pidWidth + 1)}   Type   Process name`;
  return [
    `+${"-".repeat(width)}+`,
    `|${" Processes:".padEnd(width)}|`,
    `|${titles}${"GPU Memory ".padStart(width - titles.length)}|`,
    `|${"        ID   ID".padEnd(width - 11)}Usage      |`,
    `|${"=".repeat(width)}|`,
    ...(rows.length > 0 ? rows : [`|${"  No running processes found".padEnd(width)}|`]),
  ];
}

const shortened = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 3)}...` : text;
