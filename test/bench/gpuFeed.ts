// A cheap nvidia-smi for many hosts: each call is a real process that prints what one server here hands it. A process
// that worked out readings by itself, 500 times over, would leave no machine to measure on.
import { chmod, mkdir, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { eightGpus, fieldHelp } from "./eightGpus.ts";
import { stampOf } from "./stamp.ts";

const EVERY_MS = 2_000;

export interface GpuFeed {
  /** Holds `nvidia-smi`; to be put on the PATH of the hosts. */
  readonly bin: string;
  stop(): void;
}

/**
 * Each call gets a reading of eight GPUs every two seconds from its own start. The time at which a reading was due is
 * its first GPU's `memory.used`: see stamp.ts.
 */
export async function startGpuFeed(directory: string): Promise<GpuFeed> {
  const bin = path.join(directory, "bin");
  const help = path.join(directory, "help.txt");
  await mkdir(bin, { recursive: true });
  await writeFile(help, fieldHelp);
  const templates = Array.from({ length: 8 }, (_, turn) => template(turn * 60_000));
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const end = feed(socket, templates);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      sockets.delete(socket);
      end();
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  const program = path.join(bin, "nvidia-smi");
  await writeFile(program, script(help, port));
  await chmod(program, 0o755);
  return {
    bin,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function script(help: string, port: number): string {
  return [
    "#!/bin/bash",
    'case "$*" in',
    `*--help-query-gpu*) exec cat '${help}' ;;`,
    `*) exec 3<>/dev/tcp/127.0.0.1/${port}; exec cat <&3 ;;`,
    "esac",
    "",
  ].join("\n");
}

interface Template {
  readonly header: string;
  readonly beforeStamp: string;
  readonly afterStamp: string;
}

function template(atMs: number): Template {
  const { header, rows } = eightGpus(atMs);
  const place = header.split(", ").findIndex((name) => name.startsWith("memory.used"));
  const cells = rows.split(", ");
  return {
    header,
    beforeStamp: cells
      .slice(0, place)
      .map((cell) => `${cell}, `)
      .join(""),
    afterStamp: cells
      .slice(place + 1)
      .map((cell) => `, ${cell}`)
      .join(""),
  };
}

/** Begins to print; the result ends it. */
function feed(socket: net.Socket, templates: readonly Template[]): () => void {
  const start = Date.now();
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;
  socket.write(`${templates[0]?.header ?? ""}\n`);
  const print = (): void => {
    const { beforeStamp = "", afterStamp = "" } = templates[turn % templates.length] ?? {};
    socket.write(`${beforeStamp}${stampOf(start + turn * EVERY_MS)}${afterStamp}`);
    turn++;
    timer = setTimeout(print, start + turn * EVERY_MS - Date.now());
  };
  print();
  return () => clearTimeout(timer);
}
