// Machines behind instances of an emulated cloud that answer over SSH only once they have booted.
import { once } from "node:events";
import net from "node:net";
import { createInstanceHost } from "../sandbox/instances.ts";
import type { MachineHost } from "../emulators/aws/options.ts";

export interface BootingMachines extends MachineHost {
  /** At this port of its address each machine answers, once it has booted. */
  readonly port: number;
  /** Unix milliseconds since when it answers; undefined: it does not yet. */
  answersSince(address: string): number | undefined;
  stopAll(): Promise<void>;
}

/** Real sshd boxes, each behind a door that opens `bootMs` after its instance runs; until then it refuses. */
export async function startBootingMachines(
  directory: string,
  bootMs: (instanceId: string) => number,
): Promise<BootingMachines> {
  const [port, portBehind] = await freePorts();
  const host = await createInstanceHost(directory, portBehind);
  const doors = new Map<string, net.Server>();
  const openSince = new Map<string, number>();
  const timers: NodeJS.Timeout[] = [];
  const open = async (address: string): Promise<void> => {
    const door = net.createServer((socket) => relay(socket, { host: address, port: portBehind }));
    doors.set(address, door);
    door.listen(port, address);
    await once(door, "listening");
    openSince.set(address, Date.now());
  };
  return {
    port,
    answersSince: (address) => openSince.get(address),
    start: async (request) => {
      const addresses = await host.start(request);
      timers.push(setTimeout(() => void open(addresses.publicIp), bootMs(request.id)));
      return addresses;
    },
    stop: (instanceId) => host.stop(instanceId),
    remove: (instanceId) => host.remove(instanceId),
    stopAll: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const door of doors.values()) door.close();
      await host.stopAll();
    },
  };
}

function relay(near: net.Socket, behind: { readonly host: string; readonly port: number }): void {
  const far = net.connect({ ...behind, noDelay: true });
  near.setNoDelay(true);
  near.pipe(far).pipe(near);
  near.on("error", () => far.destroy()).on("close", () => far.destroy());
  far.on("error", () => near.destroy()).on("close", () => near.destroy());
}

/** Two at once, so that they differ. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [net.createServer(), net.createServer()] as const;
  const [one, other] = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, "127.0.1.1");
      await once(server, "listening");
      const address = server.address();
      return address !== null && typeof address === "object" ? address.port : 0;
    }),
  );
  for (const server of servers) server.close();
  return [one ?? 0, other ?? 0];
}
