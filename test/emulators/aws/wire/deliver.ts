import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { FaultEffect } from "../faults.ts";
import type { Answer } from "./answer.ts";

/** Sends the answer, or as much of it as the fault lets through. */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  now: number,
  effect: FaultEffect | undefined,
): Promise<void> {
  const { body, head } = render(answer, now, effect);
  if (effect?.kind === "cut" && effect.afterBytes === undefined) {
    endConnection(response);
    return;
  }
  response.sendDate = false;
  response.writeHead(answer.status, head);
  if (effect?.kind === "cut") await cutBody(response, body.subarray(0, effect.afterBytes));
  else if (effect?.kind === "trickle") await trickle(response, body, effect.everyMs ?? 1000);
  else response.end(body);
}

function render(
  answer: Answer,
  now: number,
  effect: FaultEffect | undefined,
): { readonly body: Buffer; readonly head: OutgoingHttpHeaders } {
  const body = Buffer.from(effect?.kind === "rewrite" ? effect.rewrite(answer.body) : answer.body);
  const time = now + (effect?.kind === "date" ? effect.offsetMs : 0);
  return { body, head: { ...answer.headers, Date: new Date(time).toUTCString(), "Content-Length": body.length } };
}

/** As a firewall or a dying server ends it: with a reset. */
export function endConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** The head promises more than comes. */
async function cutBody(response: ServerResponse, part: Buffer): Promise<void> {
  await new Promise<void>((resolve) => void response.write(part, () => resolve()));
  response.socket?.destroy();
}

async function trickle(response: ServerResponse, body: Buffer, everyMs: number): Promise<void> {
  for (let index = 0; index < body.length && !response.destroyed; index += 1) {
    response.write(body.subarray(index, index + 1));
    await wait(everyMs, undefined, { ref: false });
  }
  response.end();
}
