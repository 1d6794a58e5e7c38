/** What a service answers instead of a result. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message: string, options: { status?: number; headers?: Record<string, string> } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? statusOf(code);
    this.headers = options.headers ?? {};
  }
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html: client errors are 4xx, these are not 400. */
const STATUSES: Readonly<Record<string, number>> = {
  AuthFailure: 401,
  AccessDenied: 403,
  ExpiredToken: 403,
  InvalidClientTokenId: 403,
  SignatureDoesNotMatch: 403,
  UnauthorizedOperation: 403,
  DryRunOperation: 412,
  InsufficientInstanceCapacity: 500,
  InternalError: 500,
  InternalFailure: 500,
  RequestLimitExceeded: 503,
  ServiceUnavailable: 503,
  Unavailable: 503,
};

function statusOf(code: string): number {
  return STATUSES[code] ?? 400;
}

export function missing(parameter: string): AwsError {
  return new AwsError("MissingParameter", `The request must contain the parameter ${parameter}`);
}

export function invalidValue(parameter: string, value: string, why: string): AwsError {
  return new AwsError("InvalidParameterValue", `Value (${value}) for parameter ${parameter} is invalid. ${why}`);
}
