// What the pages are drawn with: one scenario per state a person can meet.
import { GpuDevError, type ErrorCode } from "../../src/core/error.ts";
import { sentence } from "../../src/core/sentence.ts";
import type { Watch } from "../../src/health/watch.ts";
import { FleetPanels } from "../../src/panels/fleetPanel.ts";
import { HealthPanels, type PanelServices } from "../../src/panels/healthPanel.ts";
import type { HostMessage } from "../../src/panels/protocol.ts";
import type { Page } from "../../src/panels/surface.ts";
import { anEnvironment } from "../fakes/environment.ts";
import { FakeSurface } from "./fakeSurface.ts";
import {
  aDetail,
  aHistory,
  aHost,
  aHostDetail,
  aProblem,
  aReading,
  aReport,
  aSample,
  FakeHealth,
  localize,
  NOW,
  UNREACHABLE,
  type FakeHost,
} from "./fixtures.ts";

export interface Scenario {
  readonly page: Page;
  readonly messages: readonly HostMessage[];
}

/** Everything the real panels send a page that has just loaded. */
function messagesFor(page: Page, health: FakeHealth): readonly HostMessage[] {
  const surface = new FakeSurface();
  const services: PanelServices = { health, inventory: health.inventory, localize, locale: "en", clock: () => NOW };
  const nothing = (): void => undefined;
  const first = health.environments()[0]?.id ?? "ssh/config/nobody";
  const actions = {
    ...{ reconnect: nothing, "trust-changed-host-key": nothing },
    ...{ "open-terminal": nothing, connect: nothing, showFleet: nothing },
  };
  const panels =
    page === "health"
      ? new HealthPanels(services, () => surface, actions)
      : new FleetPanels(services, () => surface, { showHealth: nothing });
  panels.show(first);
  surface.receive({ type: "ready" });
  const messages = [...surface.posted];
  panels.dispose();
  return messages;
}

const health = (host: FakeHost): Scenario => ({
  page: "health",
  messages: messagesFor("health", new FakeHealth(host)),
});
/** A page that VS Code restored before the environments were listed. */
function early(page: Page): Scenario {
  const nobody = new FakeHealth();
  nobody.isListing = true;
  return { page, messages: messagesFor(page, nobody) };
}
const fleet = (...hosts: FakeHost[]): Scenario => ({
  page: "fleet",
  messages: messagesFor("fleet", new FakeHealth(...hosts)),
});

/** By name; made when asked for, as some are large. */
export const SCENARIOS = {
  "health-h100": () => health(aHost("trainer-h100")),
  "health-mig": () => health(migHost()),
  "health-lost": () => health(lostHost()),
  "health-one": () => health(aHost("workstation", 1)),
  "health-unreachable": () => health(aHost("trainer-h100", 8, { watch: UNREACHABLE, history: aHistory([]) })),
  "health-stale": () => health(staleHost()),
  "health-host-key": () => health(troubled("unreachable", "host-key-changed", HOST_KEY)),
  "health-no-driver": () => health(troubled("no-reading", "driver", NO_DRIVER)),
  "health-connecting": () => health({ environment: anEnvironment(), watch: { kind: "connecting" } }),
  "health-idle": () => health({ environment: anEnvironment({ state: "stopped" }), watch: { kind: "idle" } }),
  "health-early": () => early("health"),
  "health-loading": (): Scenario => ({ page: "health", messages: [] }),
  "fleet-empty": () => fleet(),
  "fleet-early": () => early("fleet"),
  "fleet-5": () => fleet(...fiveHosts()),
  "fleet-stale": () => fleet(aHost("trainer-h100"), silentHost(), { ...aHost("new"), watch: UNREACHABLE }),
  "fleet-1000": () => fleet(...thousandHosts()),
} satisfies Record<string, () => Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

const HOST_KEY = sentence("The key of {0} is not the one it had before, so nothing was sent to it.", "trainer");
const NO_DRIVER = sentence(
  "nvidia-smi on {0} could not talk to the driver: the kernel module is not loaded.",
  "trainer",
);

function troubled(kind: "unreachable" | "no-reading", code: ErrorCode, what: ReturnType<typeof sentence>): FakeHost {
  const error = new GpuDevError(code, what);
  const watch: Watch = kind === "unreachable" ? { kind, error } : { kind, error, retryAt: NOW + 55_000 };
  return { environment: anEnvironment(), watch };
}

function migHost(): FakeHost {
  const absent = { utilizationPercent: "not-supported" } as const;
  const first = without(aReading(0, { migEnabled: true, absent, powerDrawW: 231 }), "utilizationPercent");
  const idle = aReading(1, { utilizationPercent: 0, memoryUsedMiB: 4, powerDrawW: 68, temperatureC: 31 });
  const sample = aSample([first, idle]);
  const migDevices = [0, 1, 2].map((index) => ({
    index,
    gpuInstanceId: index + 1,
    computeInstanceId: 0,
    name: index === 0 ? "MIG 3g.40gb" : "MIG 2g.20gb",
    memoryUsedMiB: 12_288 * (index + 1),
    memoryTotalMiB: index === 0 ? 40_448 : 20_096,
  }));
  const details = aReport([aDetail(first, { migDevices }), aDetail(idle)]);
  const kernelLogNote = new GpuDevError("permission", sentence("This account may not read the kernel log."));
  const detail = without(aHostDetail(sample, { details, processes: [], kernelLogNote }), "kernelLog");
  return {
    environment: anEnvironment({ name: "a100-shared" }),
    watch: { kind: "live", last: sample },
    detail,
    history: aHistory(sample.gpus),
  };
}

function lostHost(): FakeHost {
  const all = Array.from({ length: 8 }, (_, index) => aReading(index));
  const hot = aReading(6, { temperatureC: 88, smClockMHz: 1_185, throttleReasons: ["hw-thermal-slowdown"] });
  const left = [...all.filter(({ index }) => index !== 4 && index !== 6), hot].sort(byIndex);
  const sample = aSample(left, {
    notices: ["Unable to determine the device handle for GPU 0000:5F:00.0: Unknown Error"],
  });
  const lost = {
    index: 4,
    uuid: aReading(4).uuid ?? "",
    absent: {},
    migDevices: [],
    processes: [],
    lost: "GPU is lost",
  };
  const details = aReport([...left.map((gpu) => aDetail(gpu)), lost]);
  const warm = aProblem({
    id: "thermal 6",
    severity: "warning",
    gpuIndex: 6,
    title: sentence("GPU 6 is slowed down by heat"),
    explanation: sentence("At {0} °C its clock is at {1} of {2} MHz.", 88, 1_185, 1_980),
    nextStep: sentence("Check the fans and the air flow of the rack. Lower the power limit until then."),
  });
  return {
    environment: anEnvironment({ name: "trainer-h100" }),
    watch: { kind: "live", last: sample },
    detail: aHostDetail(sample, { details, processes: aHostDetail(sample).processes.slice(0, 3) }),
    history: aHistory(all.map((gpu) => (gpu.index === 6 ? hot : gpu))),
    problems: [warm, aProblem()],
  };
}

/** Not answering, with what was last seen of it. */
function staleHost(): FakeHost {
  const host = aHost("trainer-h100", 8);
  const last = aSample(host.watch.last?.gpus ?? [], { at: NOW - 11 * 60_000 });
  return { ...host, watch: { ...UNREACHABLE, last } };
}

/** It answers, but its driver has stopped to: what was read before is old. */
function silentHost(): FakeHost {
  const { watch } = troubled("no-reading", "driver", NO_DRIVER);
  const host = aHost("vault", 4);
  return { ...host, watch: { ...watch, last: aSample(host.watch.last?.gpus ?? [], { at: NOW - 37_000 }) } };
}

function fiveHosts(): FakeHost[] {
  const l40s = aSample(
    [0, 1].map((index) => aReading(index, { name: "NVIDIA L40S", utilizationPercent: 0, powerDrawW: 61 })),
  );
  return [
    aHost("trainer-h100", 8),
    { ...lostHost(), environment: anEnvironment({ id: "lost", name: "trainer-h100-b" }) },
    { environment: anEnvironment({ id: "l40s", name: "inference-l40s" }), watch: { kind: "live", last: l40s } },
    {
      ...migHost(),
      environment: anEnvironment({ id: "mig", name: "a100-shared", kind: sentence("This machine"), group: "" }),
    },
    { environment: anEnvironment({ id: "away", name: "workstation-under-my-desk" }), watch: UNREACHABLE },
  ];
}

function thousandHosts(): FakeHost[] {
  return Array.from({ length: 1_000 }, (_, index) => {
    const gpus = Array.from({ length: 1 + (index % 8) }, (_, gpu) =>
      aReading(gpu, { utilizationPercent: (index * 37 + gpu * 11) % 101 }),
    );
    const watch: Watch = index % 97 === 5 ? UNREACHABLE : { kind: "live", last: aSample(gpus) };
    const environment = anEnvironment({ id: `host-${index}`, name: `gpu-${index}`, group: "~/.ssh/fleet.conf" });
    return { environment, watch, problems: index % 211 === 7 ? [aProblem()] : [] };
  });
}

function byIndex(
  left: { readonly index?: number | undefined },
  right: { readonly index?: number | undefined },
): number {
  return (left.index ?? 0) - (right.index ?? 0);
}

function without<T extends object, Key extends keyof T>(value: T, key: Key): Omit<T, Key> {
  const copy = { ...value };
  Reflect.deleteProperty(copy, key);
  return copy;
}
