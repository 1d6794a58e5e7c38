import { busParts, longTimestamp, sliceMemoryMiB, type GpuMoment } from "./moment.ts";
import { both, group, inText, inXml, type ReportNode } from "./report.ts";
import { majorVersion, type Machine } from "./machine.ts";

export const DEPRECATED = "Requested functionality has been deprecated";
const NA = "N/A";

/** Nodes from a driver on. */
export const since = (moment: GpuMoment, driver: number, ...nodes: readonly ReportNode[]): readonly ReportNode[] =>
  moment.driver >= driver ? nodes : [];

/** Nodes up to and including a driver. */
export const until = (moment: GpuMoment, driver: number, ...nodes: readonly ReportNode[]): readonly ReportNode[] =>
  moment.driver <= driver ? nodes : [];

/** What stands before the first GPU. */
export function headNodes(machine: Machine, atMs: number): readonly ReportNode[] {
  const { version, cuda } = machine.driver;
  const renamed = majorVersion(machine.driver) >= 610;
  const note = (text: string): string =>
    renamed ? ` [Deprecated; will be removed in CUDA 14.0. Use ${text} instead]` : "";
  return [
    both("Timestamp", "timestamp", longTimestamp(atMs)),
    both("Driver Version", "driver_version", version + note("KMD Version")),
    both("CUDA Version", "cuda_version", cuda + note("CUDA UMD Version")),
    ...(renamed
      ? [both("KMD Version", "kmd_version", version), both("CUDA UMD Version", "cuda_umd_version", cuda)]
      : []),
  ];
}

/** From the product's name to its place on the bus. */
export function identityNodes(moment: GpuMoment): readonly ReportNode[] {
  const { gpu, driver } = moment;
  const { board } = gpu;
  return [
    both("Product Name", "product_name", board.name),
    both("Product Brand", "product_brand", board.brand),
    both("Product Architecture", "product_architecture", board.architecture),
    both("Display Mode", "display_mode", driver >= 580 ? DEPRECATED : "Enabled"),
    ...since(moment, 580, both("Display Attached", "display_attached", "Yes")),
    both("Display Active", "display_active", "Disabled"),
    both("Persistence Mode", "persistence_mode", "Enabled"),
    ...since(moment, 535, both("Addressing Mode", "addressing_mode", gpu.mig ? "None" : "HMM")),
    ...migNodes(moment),
    both("Accounting Mode", "accounting_mode", "Disabled"),
    both("Accounting Mode Buffer Size", "accounting_mode_buffer_size", 4000),
    group("Driver Model", "driver_model", [both("Current", "current_dm", NA), both("Pending", "pending_dm", NA)]),
    both("Serial Number", "serial", gpu.serial ?? NA),
    both("GPU UUID", "uuid", gpu.uuid),
    ...since(moment, 580, both("GPU PDI", "pdi", `0x${gpu.uuid.replaceAll("-", "").slice(3, 19)}`)),
    both("Minor Number", "minor_number", moment.index),
    both("VBIOS Version", "vbios_version", board.vbios),
    both("MultiGPU Board", "multigpu_board", "No"),
    both("Board ID", "board_id", `0x${busParts(gpu.busId).bus.toLowerCase()}00`),
    ...since(moment, 520, both("Board Part Number", "board_part_number", board.boardPart)),
    both("GPU Part Number", "gpu_part_number", board.gpuPart),
    ...since(moment, 520, both("FRU Part Number", "gpu_fru_part_number", NA)),
    ...platformNodes(moment),
    ...inforomNodes(moment),
    group("GPU Operation Mode", "gpu_operation_mode", [
      both("Current", "current_gom", NA),
      both("Pending", "pending_gom", NA),
    ]),
    ...firmwareNodes(moment),
    group("IBMNPU", "ibmnpu", [both("Relaxed Ordering Mode", "relaxed_ordering_mode", NA)]),
    pciNodes(moment),
    both("Fan Speed", "fan_speed", NA),
    both("Performance State", "performance_state", "P0"),
  ];
}

function migNodes(moment: GpuMoment): readonly ReportNode[] {
  const { gpu } = moment;
  const mode = gpu.board.mig ? (gpu.mig ? "Enabled" : "Disabled") : NA;
  const modes = group("MIG Mode", "mig_mode", [
    both("Current", "current_mig", mode),
    both("Pending", "pending_mig", mode),
  ]);
  if (!gpu.mig) return [modes, { tag: "mig_devices", value: "None", spread: true }];
  const devices = gpu.mig.map((slice, index) => {
    const used = sliceMemoryMiB(moment, index);
    return group("MIG Device", "mig_device", [
      both("Index", "index", index),
      both("GPU Instance ID", "gpu_instance_id", slice.gpuInstance),
      both("Compute Instance ID", "compute_instance_id", 0),
      group("Device Attributes", "device_attributes", [
        group("Shared", "shared", [
          both("Multiprocessor count", "multiprocessor_count", slice.multiprocessors),
          both("Copy Engine count", "copy_engine_count", slice.copyEngines),
          both("Encoder count", "encoder_count", 0),
          both("Decoder count", "decoder_count", slice.decoders),
          both("OFA count", "ofa_count", 0),
          both("JPG count", "jpg_count", 0),
        ]),
      ]),
      group("ECC Errors", "ecc_error_count", [
        group("Volatile", "volatile_count", [both("SRAM Uncorrectable", "sram_uncorrectable", 0)]),
      ]),
      group("Shared FB Memory Usage", "fb_memory_usage", memoryNodes(slice.memoryMiB, 0, used)),
      group("Shared BAR1 Memory", "bar1_memory_usage", [
        both("Total", "total", `${slice.memoryMiB} MiB`),
        both("Used", "used", "0 MiB"),
        both("Free", "free", `${slice.memoryMiB} MiB`),
      ]),
    ]);
  });
  return [modes, group(undefined, "mig_devices", devices), ...devices.map((device) => withoutTag(device))];
}

/** In the text the slices stand beside their mode, in the XML within a list. */
const withoutTag = (node: ReportNode): ReportNode => ({
  ...(node.label === undefined ? {} : { label: node.label }),
  ...(node.value === undefined ? {} : { value: node.value }),
  ...(node.children ? { children: node.children.map(withoutTag) } : {}),
});

export const memoryNodes = (totalMiB: number, reservedMiB: number, usedMiB: number): readonly ReportNode[] => [
  both("Total", "total", `${totalMiB} MiB`),
  both("Reserved", "reserved", `${reservedMiB} MiB`),
  both("Used", "used", `${usedMiB} MiB`),
  both("Free", "free", `${totalMiB - reservedMiB - usedMiB} MiB`),
];

function platformNodes(moment: GpuMoment): readonly ReportNode[] {
  const module = moment.gpu.board.moduleId;
  if (moment.driver < 570) return [both("Module ID", "gpu_module_id", module)];
  return [
    group("Platform Info", "platformInfo", [
      both("Chassis Serial Number", "chassis_serial_number", NA),
      both("Slot Number", "slot_number", NA),
      both("Tray Index", "tray_index", NA),
      both("Host ID", "host_id", NA),
      both("Peer Type", "peer_type", NA),
      both("Module Id", "module_id", module),
      both("GPU Fabric GUID", "gpu_fabric_guid", NA),
    ]),
  ];
}

function inforomNodes(moment: GpuMoment): readonly ReportNode[] {
  const { board } = moment.gpu;
  return [
    group("Inforom Version", "inforom_version", [
      both("Image Version", "img_version", board.inforomImage),
      both("OEM Object", "oem_object", "2.1"),
      both("ECC Object", "ecc_object", board.eccObject),
      both("Power Management Object", "pwr_object", NA),
    ]),
    ...since(
      moment,
      570,
      group("Inforom BBX Object Flush", "inforom_bbx_flush", [
        both("Latest Timestamp", "latest_timestamp", NA),
        both("Latest Duration", "latest_duration", NA),
      ]),
    ),
    ...since(moment, 610, group("Inforom Time Data", "inforom_time_data", [both("Time Run", "time_run", NA)])),
  ];
}

function firmwareNodes(moment: GpuMoment): readonly ReportNode[] {
  const { version } = moment.machine.driver;
  const firmware = both("GSP Firmware Version", "gsp_firmware_version", version);
  const virtualization = group("GPU Virtualization Mode", "gpu_virtualization_mode", [
    both("Virtualization Mode", "virtualization_mode", "Pass-Through"),
    both("Host VGPU Mode", "host_vgpu_mode", NA),
    ...since(moment, 550, both("vGPU Heterogeneous Mode", "vgpu_heterogeneous_mode", NA)),
  ]);
  const c2c = both("GPU C2C Mode", "c2c_mode", moment.gpu.board.fabric ? "Disabled" : NA);
  const asked = moment.driver < 570 ? "No" : DEPRECATED;
  const reset = group("GPU Reset Status", "gpu_reset_status", [
    both("Reset Required", "reset_required", asked),
    both("Drain and Reset Recommended", "drain_and_reset_recommended", asked),
  ]);
  if (moment.driver < 570)
    return [...since(moment, 550, c2c), ...since(moment, 510, firmware), virtualization, ...since(moment, 535, reset)];
  const action = both("GPU Recovery Action", "gpu_recovery_action", moment.health === "healthy" ? "None" : "Reset");
  return [c2c, virtualization, ...until(moment, 575, reset), action, firmware];
}

/** The text shows numbers of the bus with a prefix, the XML without. */
const hexadecimal = (label: string, tag: string, digits: string): ReportNode => ({
  label,
  tag,
  value: digits,
  textValue: `0x${digits}`,
});

function pciNodes(moment: GpuMoment): ReportNode {
  const { board, busId } = moment.gpu;
  const { domain, bus, device } = busParts(busId);
  const generation = board.pcieGeneration;
  const inbound = both("Atomic Caps Inbound", "atomic_caps_inbound", NA);
  const outbound = both("Atomic Caps Outbound", "atomic_caps_outbound", NA);
  return group("PCI", "pci", [
    hexadecimal("Bus", "pci_bus", bus),
    hexadecimal("Device", "pci_device", device),
    hexadecimal("Domain", "pci_domain", domain),
    ...since(moment, 570, { ...both("Base Classcode", "pci_base_class", 3), textValue: "0x3" }),
    ...since(moment, 570, { ...both("Sub Classcode", "pci_sub_class", 2), textValue: "0x2" }),
    hexadecimal("Device Id", "pci_device_id", board.deviceId),
    both("Bus Id", "pci_bus_id", busId),
    hexadecimal("Sub System Id", "pci_sub_system_id", board.subsystemId),
    group("GPU Link Info", "pci_gpu_link_info", [
      group("PCIe Generation", "pcie_gen", [
        both("Max", "max_link_gen", generation),
        both("Current", "current_link_gen", generation),
        ...since(moment, 520, both("Device Current", "device_current_link_gen", generation)),
        ...since(moment, 520, both("Device Max", "max_device_link_gen", generation)),
        ...since(moment, 520, both("Host Max", "max_host_link_gen", NA)),
      ]),
      group("Link Width", "link_widths", [
        both("Max", "max_link_width", "16x"),
        both("Current", "current_link_width", "16x"),
      ]),
    ]),
    group("Bridge Chip", "pci_bridge_chip", [
      both("Type", "bridge_chip_type", NA),
      both("Firmware", "bridge_chip_fw", NA),
    ]),
    both("Replays Since Reset", "replay_counter", 0),
    both("Replay Number Rollovers", "replay_rollover_counter", 0),
    both("Tx Throughput", "tx_util", `${moment.activity.utilizationPercent * 4200} KB/s`),
    both("Rx Throughput", "rx_util", `${moment.activity.utilizationPercent * 9100} KB/s`),
    ...(moment.driver >= 570 ? [outbound, inbound] : since(moment, 535, inbound, outbound)),
  ]);
}

/** The list of processes, in a layout of its own. */
export function processNodes(moment: GpuMoment, memoryMiB: (share: number) => number): readonly ReportNode[] {
  const { gpu } = moment;
  const processes = moment.health === "healthy" ? gpu.processes : [];
  if (processes.length === 0) return [inText("Processes", "None"), { tag: "processes", children: [] }];
  const rows = processes.map((process) => {
    const slice = process.slice === undefined ? undefined : gpu.mig?.[process.slice];
    const instance = slice ? slice.gpuInstance : NA;
    const compute = slice ? 0 : NA;
    const used = `${memoryMiB(process.share)} MiB`;
    return {
      text: [
        narrow("GPU instance ID", instance),
        narrow("Compute instance ID", compute),
        narrow("Process ID", process.pid),
        ...[narrow("Type", "C"), narrow("Name", process.name), narrow("Used GPU Memory", used)].map(indented),
      ],
      xml: group(undefined, "process_info", [
        inXml("gpu_instance_id", instance),
        inXml("compute_instance_id", compute),
        inXml("pid", process.pid),
        inXml("type", "C"),
        inXml("process_name", process.name),
        inXml("used_memory", used),
      ]),
    };
  });
  return [
    group(
      "Processes",
      undefined,
      rows.flatMap((row) => row.text),
    ),
    group(
      undefined,
      "processes",
      rows.map((row) => row.xml),
    ),
  ];
}

const narrow = (label: string, value: string | number): ReportNode => ({ ...inText(label, value), narrow: true });
const indented = (node: ReportNode): ReportNode => ({ ...node, label: `    ${node.label ?? ""}` });
