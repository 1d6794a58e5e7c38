import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands in for what gives out credentials of AWS: roles (STS), the portal of IAM Identity Center, instance metadata. */
export interface IdentityServer {
  readonly endpoint: string;
  /** Of each request, "GET /path" or the action of STS. */
  readonly asked: string[];
  /** What the portal answers from now on. */
  session: "valid" | "ended";
  stop(): Promise<void>;
}

/** Not about credentials: whoever signs, is told to be the same. */
const WHO = "GetCallerIdentity";
const WRONG_CODE = "000000";
const SECRET = "secret-of-tests";
const EXPIRATION = "2099-01-01T00:00:00Z";

/** Gives everybody the keys with this id. */
export async function startIdentityServer(accessKeyId: string): Promise<IdentityServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const form = new URLSearchParams(body);
      const action = form.get("Action");
      if (action !== WHO) asked.push(action ?? `${request.method ?? ""} ${(request.url ?? "").split("?")[0] ?? ""}`);
      if (form.get("TokenCode") === WRONG_CODE) refuseCode(response);
      else answer({ request, response, action, accessKeyId, session: identity.session });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const identity: IdentityServer = {
    endpoint: `http://127.0.0.1:${port}`,
    asked,
    session: "valid",
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return identity;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly action: string | null;
  readonly accessKeyId: string;
  readonly session: IdentityServer["session"];
}

function answer({ request, response, action, accessKeyId, session }: Asked): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  if (action === WHO) response.end(callerIdentity());
  else if (action !== null) response.end(assumedRole(action, accessKeyId));
  else if (path === "/federation/credentials" && session === "ended") {
    response.writeHead(401, { "x-amzn-errortype": "UnauthorizedException" });
    response.end(JSON.stringify({ message: "Session token not found or invalid" }));
  } else if (path === "/federation/credentials") {
    const roleCredentials = {
      accessKeyId,
      secretAccessKey: SECRET,
      sessionToken: "portal",
      expiration: 4_070_908_800_000,
    };
    response.end(JSON.stringify({ roleCredentials }));
  } else if (path === "/latest/api/token") response.end("a-token");
  else if (path === "/latest/meta-data/iam/security-credentials/") response.end("the-role");
  else response.end(JSON.stringify(fromMetadata(accessKeyId)));
}

function fromMetadata(accessKeyId: string): object {
  return {
    Code: "Success",
    AccessKeyId: accessKeyId,
    SecretAccessKey: SECRET,
    Token: "metadata",
    Expiration: EXPIRATION,
  };
}

function refuseCode(response: ServerResponse): void {
  const message = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
  const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
  response.writeHead(403).end(`<ErrorResponse>${error}</ErrorResponse>`);
}

function callerIdentity(): string {
  const who = "<Arn>arn:aws:iam::111122223333:user/dev</Arn><UserId>AIDA</UserId><Account>111122223333</Account>";
  return `<${WHO}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${WHO}Result>${who}</${WHO}Result></${WHO}Response>`;
}

function assumedRole(action: string, accessKeyId: string): string {
  const credentials = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>role</SessionToken><Expiration>${EXPIRATION}</Expiration>`;
  const user = "<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/gpu/dev</Arn></AssumedRoleUser>";
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>${credentials}</Credentials>${user}</${action}Result></${action}Response>`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
