import type { FailedAnswer } from "./answer.ts";
import type { AwsErrorCode } from "./errors.ts";

/**
 * AWS's codes by what they mean to us. Of EC2:
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; the rest are common to all services, or
 * the SDK's names for failures of its own.
 */
const CODES: Readonly<Record<AwsErrorCode, readonly string[]>> = {
  quota: [
    "VcpuLimitExceeded",
    "InstanceLimitExceeded",
    "MaxSpotInstanceCountExceeded",
    "ServiceQuotaExceededException",
    "ResourceCountExceeded",
  ],
  capacity: [
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientReservedInstanceCapacity",
    "InsufficientCapacity",
    "InsufficientCapacityOnHost",
    "ReservationCapacityExceeded",
    "UnfulfillableCapacity",
    "SpotMaxPriceTooLow",
  ],
  throttled: [
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "EC2ThrottledException",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "SlowDown",
  ],
  permission: [
    "UnauthorizedOperation",
    "AccessDenied",
    "AccessDeniedException",
    "NotAuthorized",
    "OptInRequired",
    "PendingVerification",
    "Blocked",
  ],
  authentication: [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "RegionDisabledException",
    "CredentialsProviderError",
    "TokenProviderError",
    "ProviderError",
  ],
  "not-found": ["InvalidInstanceID.Malformed", "NoSuchEntity", "ParameterNotFound", "NoSuchResourceException"],
  conflict: [
    "IncorrectInstanceState",
    "IncorrectState",
    "IncorrectSpotRequestState",
    "IdempotentParameterMismatch",
    "IdempotentInstanceTerminated",
    "DependencyViolation",
    "ResourceAlreadyAssociated",
    "VolumeInUse",
    "InvalidKeyPair.Duplicate",
    "InvalidGroup.Duplicate",
    "InvalidGroup.InUse",
    "InvalidPermission.Duplicate",
  ],
  "invalid-request": [
    "OperationNotPermitted",
    "DryRunOperation",
    "ValidationError",
    "ValidationException",
    "MissingParameter",
  ],
  clock: ["RequestTimeTooSkewed", "RequestInTheFuture"],
  unreachable: [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "InternalServerException",
  ],
  timeout: ["TimeoutError", "ETIMEDOUT", "ESOCKETTIMEDOUT", "RequestTimeout", "RequestTimeoutException"],
  "unreadable-answer": [],
  unsupported: ["UnsupportedHibernationConfiguration", "UnsupportedOperation", "Unsupported", "InvalidAction"],
};

const KIND_OF: ReadonlyMap<string, AwsErrorCode> = new Map(
  Object.entries(CODES).flatMap(([kind, codes]) => codes.map((code) => [code, kind as AwsErrorCode] as const)),
);

/** Families of codes, for those that the table does not name. The first that fits counts. */
const PATTERNS: readonly (readonly [RegExp, AwsErrorCode])[] = [
  [/\.NotFound$|NotFoundException$/, "not-found"],
  [/LimitExceeded$/, "quota"],
  [/^Unsupported/, "unsupported"],
  [/^(Invalid|Missing|Unknown|Malformed)[A-Z]/, "invalid-request"],
  [/^(E[A-Z_]{3,}|CERT_|ERR_TLS|ERR_SSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/, "unreachable"],
];

/** Decides by code first, by HTTP status where the code says nothing. */
export function errorKind({ code, message, status }: FailedAnswer): AwsErrorCode {
  if (isTimeOfSignature(code, message)) return "clock";
  const known = KIND_OF.get(code);
  if (known) return known;
  if (status === 429 || status === 503) return "throttled";
  const family = PATTERNS.find(([pattern]) => pattern.test(code))?.[1];
  return family ?? kindOfStatus(code, status);
}

/** A signature that is refused for its time only says so in words. */
function isTimeOfSignature(code: string, message: string): boolean {
  return (
    /^(SignatureDoesNotMatch|InvalidSignatureException|AuthFailure)$/.test(code) &&
    /Signature (expired|not yet current)|system time|timestamp/i.test(message)
  );
}

function kindOfStatus(code: string, status: number | undefined): AwsErrorCode {
  if (status === undefined || status < 400 || code === "") return "unreadable-answer";
  return status >= 500 ? "unreachable" : "invalid-request";
}
