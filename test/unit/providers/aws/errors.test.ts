import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GpuDevError, messageOf } from "../../../../src/core/error.ts";
import { sentence } from "../../../../src/core/sentence.ts";
import { awsCodeOf } from "../../../../src/providers/aws/answer.ts";
import { toGpuDevError, type Attempt } from "../../../../src/providers/aws/errors.ts";

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

const ATTEMPT: Attempt = {
  purpose: {
    failure: sentence("{0} could not be started", "trainer"),
    left: sentence("Its disks are kept."),
    instanceType: "p4d.24xlarge",
    zone: "us-east-1a",
  },
  action: "ec2:StartInstances",
  scope: { profile: "work", region: "us-east-1" },
  isChange: true,
  now: NOW,
  signedAt: NOW,
};

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly code?: string;
}

/** As the SDK throws it. */
function thrown({ name = "Error", message = "", status, headers, code }: Thrown): Error {
  const error = Object.assign(new Error(message), {
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
    ...(headers === undefined ? {} : { $response: { statusCode: status, headers } }),
    ...(code === undefined ? {} : { code }),
  });
  error.name = name;
  return error;
}

function told(error: Thrown, attempt: Partial<Attempt> = {}): GpuDevError {
  const mapped = toGpuDevError(thrown(error), { ...ATTEMPT, ...attempt });
  if (!(mapped instanceof GpuDevError)) throw mapped;
  return mapped;
}

describe("failures of AWS in our words", () => {
  it.each([
    ["InsufficientInstanceCapacity", 500, "capacity"],
    ["InsufficientHostCapacity", 500, "capacity"],
    ["SpotMaxPriceTooLow", 400, "capacity"],
    ["VcpuLimitExceeded", 400, "quota"],
    ["InstanceLimitExceeded", 400, "quota"],
    ["MaxSpotInstanceCountExceeded", 400, "quota"],
    ["VolumeLimitExceeded", 400, "quota"],
    ["RequestLimitExceeded", 503, "throttled"],
    ["Throttling", 400, "throttled"],
    ["ThrottlingException", 400, "throttled"],
    ["Unavailable", 503, "throttled"],
    ["UnauthorizedOperation", 403, "permission"],
    ["AccessDenied", 403, "permission"],
    ["AccessDeniedException", 400, "permission"],
    ["PendingVerification", 400, "permission"],
    ["AuthFailure", 401, "authentication"],
    ["ExpiredToken", 400, "authentication"],
    ["SignatureDoesNotMatch", 403, "authentication"],
    ["CredentialsProviderError", undefined, "authentication"],
    ["TokenProviderError", undefined, "authentication"],
    ["RequestExpired", 400, "authentication"],
    ["RequestTimeTooSkewed", 403, "clock"],
    ["InvalidInstanceID.NotFound", 400, "not-found"],
    ["InvalidInstanceID.Malformed", 400, "not-found"],
    ["InvalidAMIID.NotFound", 400, "not-found"],
    ["InvalidKeyPair.NotFound", 400, "not-found"],
    ["IncorrectInstanceState", 400, "conflict"],
    ["IncorrectSpotRequestState", 400, "conflict"],
    ["IdempotentParameterMismatch", 400, "conflict"],
    ["IdempotentInstanceTerminated", 400, "conflict"],
    ["DependencyViolation", 400, "conflict"],
    ["InvalidParameterValue", 400, "invalid-request"],
    ["InvalidInstanceType", 400, "invalid-request"],
    ["MissingParameter", 400, "invalid-request"],
    ["OperationNotPermitted", 400, "invalid-request"],
    ["UnsupportedHibernationConfiguration", 400, "unsupported"],
    ["UnsupportedOperation", 400, "unsupported"],
    ["Unsupported", 400, "unsupported"],
    ["InternalError", 500, "unreachable"],
    ["SomethingOfTheFuture", 400, "invalid-request"],
    ["SomethingOfTheFuture", 500, "unreachable"],
    ["TimeoutError", undefined, "timeout"],
  ])("are told apart: %s with HTTP %s is %s", (name, status, code) => {
    const error = told({ name, message: "AWS said so.", ...(status === undefined ? {} : { status }) });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^trainer could not be started\. /);
    expect(awsCodeOf(error)).toBe(name);
  });

  it.each(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "EAI_AGAIN", "CERT_HAS_EXPIRED", "EHOSTUNREACH"])(
    "are unreachable where the connection fails with %s",
    (code) => expect(told({ code, message: `connect ${code}` }).code).toBe("unreachable"),
  );

  it.each([
    { name: "Error", message: "XML parse error", status: 502 },
    { name: "SyntaxError", message: "Unexpected token '<'", status: 500 },
    { name: "TypeError", message: "Cannot read properties of undefined", status: 200 },
    {},
  ])("are unreadable where something else answered: %j", (error) => {
    expect(told(error).code).toBe("unreadable-answer");
  });

  it("name the limit, the type and where more is asked for", () => {
    const { message } = told({ name: "VcpuLimitExceeded", status: 400 });
    expect(message).toContain('"Running On-Demand P instances"');
    expect(message).toContain("p4d.24xlarge");
    expect(message).toContain("https://us-east-1.console.aws.amazon.com/servicequotas/");
    expect(told({ name: "MaxSpotInstanceCountExceeded" }).message).toContain('"All P Spot Instance Requests"');
  });

  it("keep a lack of capacity apart from a limit, and say what is left", () => {
    const { message } = told({ name: "InsufficientInstanceCapacity", status: 500 });
    expect(message).toContain("p4d.24xlarge in us-east-1a");
    expect(message).toContain("this is not a limit of the account");
    expect(message).toMatch(/Its disks are kept\.$/);
  });

  it("name the missing permission, and not the encoded message", () => {
    const message =
      "You are not authorized to perform this operation. Encoded authorization failure message: 4Xa_9c_secret";
    const error = told({ name: "UnauthorizedOperation", status: 403, message });
    expect(error.message).toContain("lacks the permission ec2:StartInstances");
    expect(told({ name: "PendingVerification", status: 403, message }).message).not.toContain("4Xa_9c");
    expect(error.message).not.toContain("4Xa_9c");
  });

  it("name the permission that AWS names, which may be another than that of the request", () => {
    const message =
      "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: sts:AssumeRole on resource: x";
    expect(told({ name: "AccessDenied", status: 403, message }).message).toContain(
      "lacks the permission sts:AssumeRole",
    );
  });

  it("name the profile and the way to sign in", () => {
    const expired = {
      name: "CredentialsProviderError",
      message: "The SSO session associated with this profile has expired.",
    };
    const sso = { renewal: { kind: "sso", profile: "work" } } as const;
    expect(told(expired, sso).message).toContain("has ended. Run “aws sso login --profile work”.");
    expect(told({ name: "ExpiredToken", status: 400 }, sso).message).toContain("Run “aws sso login --profile work”.");
    const login = { renewal: { kind: "login", profile: "default" } } as const;
    expect(told(expired, login).message).toMatch(/Run “aws login --profile default”\./);
    expect(told({ name: "ExpiredToken", status: 400 }).message).toContain("profile work");
    // AWS says the same of credentials that hold where a region is not enabled.
    expect(told({ name: "AuthFailure", status: 401 }, sso).message).toMatch(
      /the region is not enabled for the account\. To sign in again, run “aws sso login --profile work”\./,
    );
  });

  it.each([
    [2, "120 min ahead of"],
    [-2, "120 min behind"],
  ])("tell a clock that is %i h off, with the difference", (hours, words) => {
    const date = new Date(NOW - hours * 3_600_000).toUTCString();
    for (const name of ["AuthFailure", "SignatureDoesNotMatch", "RequestExpired", "InvalidClientTokenId"]) {
      const error = told({ name, status: 401, headers: { date } });
      expect(error.code).toBe("clock");
      expect(error.message).toContain(words);
    }
  });

  it("blame the credentials where the request was signed by AWS's own clock", () => {
    const theirs = NOW - 2 * 3_600_000;
    const headers = { date: new Date(theirs).toUTCString() };
    const signed = told({ name: "AuthFailure", status: 401, headers }, { signedAt: theirs + 20_000 });
    expect(signed.code).toBe("authentication");
  });

  it("say of a change whose answer was lost that it may have been made", () => {
    expect(told({ code: "ECONNRESET" }).message).toMatch(/not known\. Refresh to see\.$/);
    expect(told({ code: "ECONNRESET" }, { isChange: false }).message).toMatch(/Its disks are kept\.$/);
  });

  it("pass a cancelled signal untouched", () => {
    const abort = thrown({ name: "AbortError" });
    expect(toGpuDevError(abort, ATTEMPT)).toBe(abort);
  });

  it("are bounded and printable, whatever was thrown", () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ name: fc.string(), message: fc.string({ unit: "binary", maxLength: 3000 }) }),
    );
    fc.assert(
      fc.property(anything, fc.integer(), (value, status) => {
        const error: unknown = Object.assign(new Error(), { $metadata: { httpStatusCode: status } }, value);
        const mapped = toGpuDevError(error, ATTEMPT);
        if (!(mapped instanceof GpuDevError)) return mapped.name === "AbortError";
        return messageOf(mapped).length < 1500 && !/[\p{Cc}]/u.test(mapped.message);
      }),
      { numRuns: 2000 },
    );
  });
});
