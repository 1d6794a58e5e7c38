import { httpDate, type Refusal } from "./pacing.ts";

/** What can be read from whatever the SDK threw. Every text is AWS's, or of whoever answered in its place. */
export interface FailedAnswer {
  /** AWS's own code, or the name the SDK gives to a failure of its own: "VcpuLimitExceeded", "TimeoutError". */
  readonly code: string;
  readonly message: string;
  /** Of the answer; absent where there was none. */
  readonly status: number | undefined;
  readonly refusal: Refusal;
}

/** Names of errors that say nothing: what a parser throws, or a proxy's page in place of AWS's answer. */
const NAMELESS: ReadonlySet<string> = new Set(["Error", "SyntaxError", "TypeError", "Unknown", "UnknownError", ""]);

export function readFailure(error: unknown): FailedAnswer {
  const thrown = asRecord(error);
  const metadata = asRecord(thrown["$metadata"]);
  const response = asRecord(thrown["$response"]);
  const headers = asRecord(response["headers"]);
  const status = metadata["httpStatusCode"] ?? response["statusCode"];
  return {
    code: codeOf(thrown),
    message: asText(thrown["message"]),
    status: typeof status === "number" && status > 0 ? status : undefined,
    refusal: { retryAfter: header(headers, "retry-after"), date: header(headers, "date") },
  };
}

/** AWS's code of the failure behind an error of ours; undefined where it had none. */
export function awsCodeOf(error: unknown): string | undefined {
  const cause: unknown = error instanceof Error && error.name === "GpuDevError" ? error.cause : error;
  const { code } = readFailure(cause);
  return code === "" ? undefined : code;
}

/** How far a time is ahead of AWS's, in milliseconds; undefined where the answer does not tell. */
export function aheadOfAwsMs({ refusal }: FailedAnswer, time: number): number | undefined {
  const theirs = httpDate(refusal.date ?? "");
  return theirs === undefined ? undefined : time - theirs;
}

/** A system error's own code says more than its name, which is Error, or TimeoutError also for a cut connection. */
function codeOf(thrown: Readonly<Record<string, unknown>>): string {
  const own = asText(thrown["code"]);
  if (/^E[A-Z_]{2,20}$/.test(own)) return own;
  const name = asText(thrown["name"]);
  if (!NAMELESS.has(name)) return name;
  return [thrown["Code"], own, asRecord(thrown["cause"])["code"]].map(asText).find((code) => code !== "") ?? "";
}

function header(headers: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === "string" ? found : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
