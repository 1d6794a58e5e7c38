import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readInstance } from "../../../../src/providers/aws/ec2Instance.ts";
import { toEnvironment } from "../../../../src/providers/aws/instances.ts";

/** Full runs do more; this many go with every commit. */
const RUNS = Number(process.env["GPU_DEV_TEST_RUNS"] ?? 5000);

type State = "pending" | "running" | "stopping" | "stopped" | "shutting-down" | "terminated";

/** An instance as EC2 moves it, and whether its hours are counted: by AWS's documents, not by our reading of them. */
interface Model {
  readonly state: State;
  readonly reason: string;
  readonly isHibernating: boolean;
}

const EVENTS = [
  "stop",
  "start",
  "hibernate",
  "failHibernation",
  "terminate",
  "interrupt",
  "noCapacity",
  "time",
] as const;
type Event = (typeof EVENTS)[number];

const STOPPED: Record<Event, Partial<Model>> = {
  stop: {},
  hibernate: {},
  failHibernation: {},
  interrupt: {},
  time: {},
  start: { state: "pending", reason: "" },
  noCapacity: { reason: "Server.InsufficientInstanceCapacity" },
  terminate: { state: "shutting-down", reason: "Client.UserInitiatedShutdown" },
};

function step(model: Model, event: Event): Model {
  switch (model.state) {
    case "pending":
      return fromPending(model, event);
    case "running":
      return fromRunning(model, event);
    case "stopping":
      return fromStopping(model, event);
    case "stopped":
      return { ...model, isHibernating: false, ...STOPPED[event] };
    case "shutting-down":
      return event === "time" ? { ...model, state: "terminated" } : model;
    case "terminated":
      return model;
  }
}

function fromPending(model: Model, event: Event): Model {
  if (event === "noCapacity") return { ...model, state: "stopped", reason: "Server.InsufficientInstanceCapacity" };
  if (event === "terminate") return { ...model, state: "shutting-down" };
  return event === "time" ? { ...model, state: "running", reason: "" } : model;
}

function fromRunning(model: Model, event: Event): Model {
  if (event === "terminate") return { ...model, state: "shutting-down", reason: "Client.UserInitiatedShutdown" };
  if (event === "interrupt") return { ...model, state: "shutting-down", reason: "Server.SpotInstanceTermination" };
  if (event === "stop") return { state: "stopping", reason: "Client.UserInitiatedShutdown", isHibernating: false };
  if (event === "hibernate") return { state: "stopping", reason: "Client.UserInitiatedHibernate", isHibernating: true };
  return model;
}

function fromStopping(model: Model, event: Event): Model {
  if (event === "terminate") return { ...model, state: "shutting-down" };
  if (event === "failHibernation") return { ...model, isHibernating: false, reason: "Client.UserInitiatedShutdown" };
  return event === "time" ? { ...model, state: "stopped" } : model;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html */
function isBilled({ state, isHibernating }: Model): boolean {
  return state === "running" || (state === "stopping" && isHibernating);
}

describe("what a machine costs, along its life", () => {
  it("is never shown as off while AWS counts its hours, nor as free while it exists", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { minLength: 1, maxLength: 40 }), (events) => {
        let model: Model = { state: "pending", reason: "", isHibernating: false };
        for (const event of events) {
          model = step(model, event);
          const kind = billingOf(model);
          if (model.state === "terminated") expect(kind).toBeUndefined();
          else expect(["billing", "storage-only", "unknown"]).toContain(kind);
          if (isBilled(model)) expect(kind).toBe("billing");
        }
      }),
      { numRuns: RUNS },
    );
  });
});

function billingOf({ state, reason }: Model): string | undefined {
  const instance = readInstance({
    InstanceId: "i-1",
    State: { Name: state },
    StateReason: reason === "" ? undefined : { Code: reason },
  });
  if (!instance) throw new Error("The instance could not be read.");
  return toEnvironment(instance, {
    providerId: "aws.ec2/work/us-east-1",
    scope: { profile: "work", region: "us-east-1", ssh: {} },
    accountId: "111122223333",
    type: () => undefined,
    volume: () => undefined,
    spotRequest: () => undefined,
    price: () => undefined,
    storagePrice: () => undefined,
  })?.billing.kind;
}
