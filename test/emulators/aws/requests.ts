import type { IncomingHttpHeaders } from "node:http";
import { AwsError } from "./awsError.ts";
import type { AwsAccount } from "./options.ts";
import { parseForm } from "./wire/parameters.ts";

export const SERVICES = ["ec2", "sts", "ssm", "servicequotas", "pricing"] as const;
export type Service = (typeof SERVICES)[number];

/** A request as it arrived, without what it was signed with. */
export interface RecordedRequest {
  readonly service: Service;
  readonly action: string;
  readonly region: string;
  /** Undefined where nobody has the key. */
  readonly accountId: string | undefined;
  /** In the emulator's time. */
  readonly at: number;
  /** As sent: texts under names such as `InstanceId.1` for EC2 and STS, JSON for the others. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What the signature says, which is not checked itself. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: Service;
  readonly signedAt: number | undefined;
}

export interface Credentials {
  readonly account: AwsAccount;
  readonly state: "valid" | "expired" | "revoked";
}

const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html */
export function parseSignature(headers: IncomingHttpHeaders): Signature {
  const [, accessKeyId = "", region = "", service = ""] =
    /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(headers.authorization ?? "") ?? [];
  const known = SERVICES.find((name) => name === service);
  if (!known)
    throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", { status: 403 });
  return { accessKeyId, region, service: known, signedAt: parseSigningTime(headers["x-amz-date"]) };
}

function parseSigningTime(header: string | string[] | undefined): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(typeof header === "string" ? header : "") ?? [];
  if (year === undefined) return undefined;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

export function parseCall(
  service: Service,
  headers: IncomingHttpHeaders,
  body: string,
): Pick<RecordedRequest, "action" | "parameters"> {
  if (service === "ec2" || service === "sts") {
    const form = parseForm(body);
    const parameters = Object.fromEntries(
      Object.entries(form).filter(([name]) => name !== "Action" && name !== "Version"),
    );
    return { action: form["Action"] ?? "", parameters };
  }
  const target = headers["x-amz-target"];
  const action = (typeof target === "string" ? target : "").split(".").at(-1) ?? "";
  return { action, parameters: parseJson(body) };
}

function parseJson(body: string): Readonly<Record<string, unknown>> {
  const value: unknown = body === "" ? {} : JSON.parse(body);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Each service has its own words for the same refusal. */
const REFUSALS = {
  unknown: { ec2: "AuthFailure", sts: "InvalidClientTokenId", json: "UnrecognizedClientException" },
  expired: { ec2: "RequestExpired", sts: "ExpiredToken", json: "ExpiredTokenException" },
  skewed: { ec2: "RequestExpired", sts: "SignatureDoesNotMatch", json: "InvalidSignatureException" },
} as const;

const REFUSAL_WORDS: Readonly<Record<keyof typeof REFUSALS, string>> = {
  unknown: "The security credentials of the request are not valid.",
  expired: "The security token of the request has expired.",
  skewed: "The request has expired: its signature was made more than five minutes from now.",
};

export function checkCredentials(service: Service, credentials: Credentials | undefined): AwsAccount {
  if (!credentials || credentials.state === "revoked") throw refused(service, "unknown");
  if (credentials.state === "expired") throw refused(service, "expired");
  return credentials.account;
}

export function checkSigningTime({ service, signedAt }: Signature, now: number): void {
  if (signedAt === undefined || Math.abs(signedAt - now) <= CLOCK_TOLERANCE_MS) return;
  throw refused(service, "skewed");
}

export function refused(service: Service, why: keyof typeof REFUSALS): AwsError {
  const codes = REFUSALS[why];
  const code = service === "ec2" || service === "sts" ? codes[service] : codes.json;
  return new AwsError(code, REFUSAL_WORDS[why]);
}
