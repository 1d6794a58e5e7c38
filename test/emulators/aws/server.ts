import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { AwsError } from "./awsError.ts";
import { refusal, type FaultEffect } from "./faults.ts";
import {
  checkCredentials,
  checkSigningTime,
  parseCall,
  parseSignature,
  refused,
  type RecordedRequest,
  type Signature,
} from "./requests.ts";
import { perform } from "./services.ts";
import { errorAnswer, htmlAnswer, type Answer } from "./wire/answer.ts";
import { deliver, endConnection } from "./wire/deliver.ts";
import type { World } from "./world/world.ts";

export interface AwsServer {
  readonly endpoint: string;
  /** Accepts connections and answers nothing until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  stop(): Promise<void>;
}

/** One endpoint for all services, as they are told apart by the signature. */
export async function startServer(world: World, port: number): Promise<AwsServer> {
  const gate = createGate();
  const server = http.createServer((request, response) => {
    void answerRequest(world, gate, request, response).catch((error: unknown) => {
      // A mistake of the emulator itself: it must not look like an answer of AWS.
      response.destroy(error instanceof Error ? error : new Error(String(error)));
      world.report(error);
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The emulator has no port.");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    pause: gate.close,
    resume: gate.open,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Gate {
  readonly close: () => void;
  readonly open: () => void;
  readonly passed: () => Promise<void>;
}

function createGate(): Gate {
  let closed: PromiseWithResolvers<void> | undefined;
  return {
    close: () => void (closed ??= Promise.withResolvers()),
    open: () => {
      closed?.resolve();
      closed = undefined;
    },
    passed: async () => {
      while (closed) await closed.promise;
    },
  };
}

async function answerRequest(
  world: World,
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  await gate.passed();
  await world.clock.settle();
  const requestId = world.nextRequestId();
  const signature = readSignature(request);
  if (signature instanceof AwsError)
    return deliver(response, errorAnswer("ec2", signature, requestId), world.clock.now(), undefined);
  const recorded = record(world, signature, request, body);
  const effect = world.faults.next(recorded);
  if (effect?.kind === "reset") endConnection(response);
  if (effect?.kind === "reset" || effect?.kind === "hang") return;
  const answer = answerOf(world, { signature, recorded, requestId, effect });
  const headers = { ...answer.headers, "x-amzn-RequestId": requestId };
  await deliver(response, { ...answer, headers }, world.clock.now(), effect);
}

interface Asked {
  readonly signature: Signature;
  readonly recorded: RecordedRequest;
  readonly requestId: string;
  readonly effect: FaultEffect | undefined;
}

function answerOf(world: World, { signature, recorded, requestId, effect }: Asked): Answer {
  if (effect?.kind === "html") return htmlAnswer(effect.status, effect.retryAfter);
  const { service } = signature;
  try {
    const refusedBy = refusal(effect, service);
    if (refusedBy) throw refusedBy;
    if (world.checksSigningTime) checkSigningTime(signature, world.clock.now());
    const account = checkCredentials(service, world.credentials.get(signature.accessKeyId));
    const region = world.region(signature.region, account);
    if (!region || region.facts.optIn) throw refused(service, "unknown");
    return perform({ request: recorded, requestId, region, account, effect });
  } catch (error) {
    if (error instanceof AwsError) return errorAnswer(service, error, requestId);
    throw error;
  }
}

function readSignature({ headers }: IncomingMessage): Signature | AwsError {
  try {
    return parseSignature(headers);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

function record(world: World, signature: Signature, { headers }: IncomingMessage, body: string): RecordedRequest {
  const { service, region, accessKeyId } = signature;
  const recorded: RecordedRequest = {
    service,
    region,
    accountId: world.credentials.get(accessKeyId)?.account.accountId,
    at: world.clock.now(),
    ...parseCall(service, headers, body),
  };
  world.requests.push(recorded);
  return recorded;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
