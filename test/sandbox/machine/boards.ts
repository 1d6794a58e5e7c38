/** What distinguishes one GPU product from another, as far as nvidia-smi shows it. Units in the names. */
export interface Board {
  readonly name: string;
  readonly brand: string;
  readonly architecture: string;
  readonly computeCapability: string;
  readonly memoryMiB: number;
  readonly reservedMiB: number;
  readonly bar1MiB: number;
  readonly power: { readonly idleW: number; readonly minW: number; readonly limitW: number };
  readonly clocks: {
    readonly idleMHz: number;
    readonly maxMHz: number;
    readonly memoryMHz: number;
    readonly videoMHz: number;
  };
  readonly temperature: { readonly idleC: number; readonly fullC: number; readonly limits: TemperatureLimits };
  readonly pcieGeneration: number;
  readonly deviceId: string;
  readonly subsystemId: string;
  readonly vbios: string;
  readonly boardPart: string;
  readonly gpuPart: string;
  readonly inforomImage: string;
  readonly eccObject: string;
  /** Banks of the row remapper. */
  readonly remapperBanks: number;
  /** High-bandwidth memory reports a temperature of its own. */
  readonly memoryTemperature: boolean;
  readonly mig: boolean;
  /** SXM modules sit on an NVLink fabric. */
  readonly fabric: boolean;
  readonly moduleId: number;
  /** Hopper and Ada tell the average of the last second besides the draw of the moment. */
  readonly averagePower: boolean;
}

/** Ada and Hopper report the distance to a limit, which is negative beyond it; older boards report the limit itself. */
interface TemperatureLimits {
  readonly kind: "relative" | "absolute";
  readonly shutdownC: number;
  readonly slowdownC: number;
  readonly operatingC: number;
  readonly memoryC?: number;
}

const hopper = {
  brand: "NVIDIA",
  architecture: "Hopper",
  computeCapability: "9.0",
  bar1MiB: 131072,
  pcieGeneration: 5,
  inforomImage: "G520.0200.00.05",
  eccObject: "7.16",
  remapperBanks: 2560,
  memoryTemperature: true,
  mig: true,
  fabric: true,
  moduleId: 7,
  averagePower: true,
} as const;

const datacenterAmpere = {
  brand: "NVIDIA",
  architecture: "Ampere",
  pcieGeneration: 4,
  eccObject: "6.16",
  fabric: false,
  moduleId: 1,
  averagePower: false,
} as const;

export const boards = {
  h100: {
    ...hopper,
    name: "NVIDIA H100 80GB HBM3",
    memoryMiB: 81559,
    reservedMiB: 479,
    power: { idleW: 69, minW: 200, limitW: 700 },
    clocks: { idleMHz: 345, maxMHz: 1980, memoryMHz: 2619, videoMHz: 1545 },
    temperature: {
      idleC: 31,
      fullC: 68,
      limits: { kind: "relative", shutdownC: -8, slowdownC: -2, operatingC: 0, memoryC: 0 },
    },
    deviceId: "233010DE",
    subsystemId: "16C110DE",
    vbios: "96.00.A5.00.01",
    boardPart: "692-2G520-0200-000",
    gpuPart: "2330-885-A1",
  },
  a100: {
    ...datacenterAmpere,
    name: "NVIDIA A100-SXM4-80GB",
    computeCapability: "8.0",
    memoryMiB: 81920,
    reservedMiB: 869,
    bar1MiB: 131072,
    power: { idleW: 62, minW: 100, limitW: 400 },
    clocks: { idleMHz: 210, maxMHz: 1410, memoryMHz: 1593, videoMHz: 1290 },
    temperature: {
      idleC: 29,
      fullC: 66,
      limits: { kind: "absolute", shutdownC: 92, slowdownC: 89, operatingC: 85, memoryC: 95 },
    },
    deviceId: "20B210DE",
    subsystemId: "147F10DE",
    vbios: "92.00.36.00.02",
    boardPart: "692-2G506-0212-002",
    gpuPart: "20B2-895-A1",
    inforomImage: "G506.0212.00.01",
    remapperBanks: 640,
    memoryTemperature: true,
    mig: true,
    moduleId: 4,
  },
  a30: {
    ...datacenterAmpere,
    name: "NVIDIA A30",
    computeCapability: "8.0",
    memoryMiB: 24576,
    reservedMiB: 515,
    bar1MiB: 32768,
    power: { idleW: 28, minW: 100, limitW: 165 },
    clocks: { idleMHz: 210, maxMHz: 1440, memoryMHz: 1215, videoMHz: 1305 },
    temperature: {
      idleC: 30,
      fullC: 63,
      limits: { kind: "absolute", shutdownC: 92, slowdownC: 89, operatingC: 85, memoryC: 95 },
    },
    deviceId: "20B710DE",
    subsystemId: "153210DE",
    vbios: "92.00.66.00.05",
    boardPart: "900-21001-0040-000",
    gpuPart: "20B7-894-A1",
    inforomImage: "1001.0205.00.03",
    remapperBanks: 384,
    memoryTemperature: true,
    mig: true,
  },
  a10: {
    ...datacenterAmpere,
    name: "NVIDIA A10",
    computeCapability: "8.6",
    memoryMiB: 23028,
    reservedMiB: 508,
    bar1MiB: 32768,
    power: { idleW: 16, minW: 100, limitW: 150 },
    clocks: { idleMHz: 210, maxMHz: 1695, memoryMHz: 6251, videoMHz: 1500 },
    temperature: {
      idleC: 30,
      fullC: 71,
      limits: { kind: "absolute", shutdownC: 98, slowdownC: 95, operatingC: 88 },
    },
    deviceId: "223610DE",
    subsystemId: "148210DE",
    vbios: "94.02.5C.00.02",
    boardPart: "900-2G133-0020-100",
    gpuPart: "2236-895-A1",
    inforomImage: "G133.0210.00.04",
    remapperBanks: 192,
    memoryTemperature: false,
    mig: false,
  },
  l4: {
    brand: "NVIDIA",
    architecture: "Ada Lovelace",
    name: "NVIDIA L4",
    computeCapability: "8.9",
    memoryMiB: 23034,
    reservedMiB: 436,
    bar1MiB: 32768,
    power: { idleW: 12, minW: 40, limitW: 72 },
    clocks: { idleMHz: 210, maxMHz: 2040, memoryMHz: 6251, videoMHz: 1770 },
    temperature: {
      idleC: 33,
      fullC: 72,
      limits: { kind: "relative", shutdownC: -5, slowdownC: -2, operatingC: 0 },
    },
    pcieGeneration: 4,
    deviceId: "27B810DE",
    subsystemId: "16CA10DE",
    vbios: "95.04.29.00.06",
    boardPart: "900-2G193-0000-001",
    gpuPart: "27B8-895-A1",
    inforomImage: "G193.0200.00.01",
    eccObject: "6.16",
    remapperBanks: 96,
    memoryTemperature: false,
    mig: false,
    fabric: false,
    moduleId: 1,
    averagePower: true,
  },
  l40s: {
    brand: "NVIDIA",
    architecture: "Ada Lovelace",
    name: "NVIDIA L40S",
    computeCapability: "8.9",
    memoryMiB: 46068,
    reservedMiB: 609,
    bar1MiB: 65536,
    power: { idleW: 33, minW: 100, limitW: 350 },
    clocks: { idleMHz: 210, maxMHz: 2520, memoryMHz: 9001, videoMHz: 1965 },
    temperature: {
      idleC: 34,
      fullC: 74,
      limits: { kind: "relative", shutdownC: -5, slowdownC: -2, operatingC: 0 },
    },
    pcieGeneration: 4,
    deviceId: "26B910DE",
    subsystemId: "185110DE",
    vbios: "95.02.66.00.02",
    boardPart: "900-2G133-0080-000",
    gpuPart: "26B9-896-A1",
    inforomImage: "G133.0242.00.03",
    eccObject: "6.16",
    remapperBanks: 192,
    memoryTemperature: false,
    mig: false,
    fabric: false,
    moduleId: 1,
    averagePower: true,
  },
  v100: {
    brand: "Tesla",
    architecture: "Volta",
    name: "Tesla V100-SXM2-32GB",
    computeCapability: "7.0",
    memoryMiB: 32510,
    reservedMiB: 0,
    bar1MiB: 32768,
    power: { idleW: 42, minW: 150, limitW: 300 },
    clocks: { idleMHz: 135, maxMHz: 1530, memoryMHz: 877, videoMHz: 1372 },
    temperature: {
      idleC: 32,
      fullC: 66,
      limits: { kind: "absolute", shutdownC: 90, slowdownC: 87, operatingC: 83, memoryC: 85 },
    },
    pcieGeneration: 3,
    deviceId: "1DB510DE",
    subsystemId: "124910DE",
    vbios: "88.00.48.00.02",
    boardPart: "900-2G503-0410-000",
    gpuPart: "1DB5-895-A1",
    inforomImage: "G503.0203.00.05",
    eccObject: "5.0",
    remapperBanks: 0,
    memoryTemperature: true,
    mig: false,
    fabric: false,
    moduleId: 1,
    averagePower: false,
  },
} as const satisfies Record<string, Board>;
