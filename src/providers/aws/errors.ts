import { GpuDevError, isAbort, type ErrorCode } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence, type Sentence } from "../../core/sentence.ts";
import { aheadOfAwsMs, readFailure, type FailedAnswer } from "./answer.ts";
import { errorKind } from "./errorKinds.ts";
import type { Market } from "./priceBook.ts";
import { quotaName } from "./quotaName.ts";
import { signInProgram, type Renewal } from "./renewal.ts";
import type { AwsScope } from "./scopes.ts";

/** What a request is for, as far as a message about its failure needs it. */
export interface Purpose {
  /** What did not happen then, without a full stop: "trainer could not be started". */
  readonly failure: Sentence;
  /** What there is then, with a full stop: "The machine and its disks are kept." */
  readonly left?: Sentence;
  readonly instanceType?: string;
  readonly zone?: string;
  readonly market?: Market;
}

/** A request that failed. */
export interface Attempt {
  readonly purpose: Purpose;
  /** As IAM names it: "ec2:StartInstances". */
  readonly action: string;
  readonly scope: Pick<AwsScope, "profile" | "region">;
  /** Whether it changes something: then a lost answer leaves open whether it did. */
  readonly isChange: boolean;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** The time that the signature bears. */
  readonly signedAt: number;
  /** Where the credentials come from; known of a failure that is about them. */
  readonly renewal?: Renewal;
}

/** AWS's failure in our words. An AbortError and an error that is ours already pass untouched. */
export function toGpuDevError(error: unknown, attempt: Attempt): Error {
  if (error instanceof GpuDevError || (error instanceof Error && isAbort(error))) return error;
  const answer = readFailure(error);
  const code = errorCode(answer, attempt.signedAt);
  const reason = REASONS[code](answer, attempt);
  const isLost = code === "timeout" || code === "unreachable" || code === "unreadable-answer";
  return new GpuDevError(code, isLost ? tellLost(attempt, reason) : tell(attempt.purpose, reason), { cause: error });
}

/** Of a request whose answer did not come: whether AWS has acted is open. */
export function tellLost({ purpose, isChange }: Pick<Attempt, "purpose" | "isChange">, reason: Sentence): Sentence {
  if (!isChange) return tell(purpose, reason);
  const left = sentence("Whether AWS has done it all the same is not known. Refresh to see.");
  return tell({ ...purpose, left }, reason);
}

/** The outcome, the reason, and what is left. */
export function tell({ failure, left }: Purpose, reason: Sentence): Sentence {
  return left ? sentence("{0}. {1} {2}", failure, reason, left) : sentence("{0}. {1}", failure, reason);
}

/** The codes that AWS's failures become. */
export type AwsErrorCode = Extract<
  ErrorCode,
  | "quota"
  | "capacity"
  | "throttled"
  | "permission"
  | "authentication"
  | "not-found"
  | "conflict"
  | "invalid-request"
  | "clock"
  | "unreachable"
  | "timeout"
  | "unreadable-answer"
  | "unsupported"
>;

/** Beyond five minutes AWS refuses a signature; what is measured is whole seconds and a way there and back. */
const REFUSED_SKEW_MS = 4.5 * 60_000;

/**
 * What kind of failure it is. AWS answers AuthFailure and its like also for a signature made at a wrong time: at
 * `signedAt`, which the SDK corrects once it knows AWS's clock.
 */
export function errorCode(answer: FailedAnswer, signedAt: number): AwsErrorCode {
  const kind = errorKind(answer);
  const ahead = aheadOfAwsMs(answer, signedAt);
  return kind === "authentication" && ahead !== undefined && Math.abs(ahead) >= REFUSED_SKEW_MS ? "clock" : kind;
}

type Reason = (answer: FailedAnswer, attempt: Attempt) => Sentence;

const REASONS: Readonly<Record<AwsErrorCode, Reason>> = {
  quota: (answer, { purpose, scope }) => {
    const { instanceType } = purpose;
    const where = `https://${scope.region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas`;
    if (instanceType === undefined || !COUNTED_BY_FAMILY.has(answer.code)) {
      return sentence(
        "A limit of the account is reached ({0}). Ask for more in Service Quotas: {1}",
        said(answer),
        where,
      );
    }
    return sentence(
      'The account\'s limit "{0}" in {1} is reached, so that {2} does not fit in it. Ask for more in Service Quotas: {3}',
      quotaName(instanceType, marketOf(answer, purpose)),
      scope.region,
      instanceType,
      where,
    );
  },
  capacity: (_answer, { purpose, scope }) =>
    sentence(
      "AWS has no capacity left for {0} in {1} at the moment. Try again later, or another zone or instance type; this is not a limit of the account.",
      purpose.instanceType ?? sentence("this instance type"),
      purpose.zone ?? scope.region,
    ),
  throttled: (_answer, { scope }) => sentence("AWS asks to be asked less often in {0}. Try again later.", scope.region),
  permission: (answer, { action, scope }) =>
    ACCOUNT_SIDE.has(answer.code)
      ? sentence("AWS does not let this account do that ({0}).", said(answer))
      : sentence(
          "The profile {0} lacks the permission {1}. Ask whoever manages the account to allow it.",
          scope.profile,
          deniedAction(answer) ?? action,
        ),
  authentication: (answer, attempt) => signInAgain(answer, attempt),
  "not-found": (answer) =>
    sentence("AWS does not know it: it is gone, or less than a minute old and not visible yet ({0}).", said(answer)),
  conflict: (answer) =>
    sentence("Its state does not allow that at the moment ({0}). Refresh and try again.", said(answer)),
  "invalid-request": (answer) => sentence("AWS refuses the request ({0}).", said(answer)),
  clock: (answer, { now }) => wrongClock(aheadOfAwsMs(answer, now)),
  unreachable: (answer, { scope }) =>
    sentence(
      "AWS in {0} could not be reached or failed to answer ({1}). Check the network and try again.",
      scope.region,
      said(answer),
    ),
  timeout: (_answer, { scope }) => sentence("AWS in {0} did not answer in time. Try again.", scope.region),
  "unreadable-answer": ({ status }) =>
    status === undefined
      ? sentence("What answered in place of AWS sent something unreadable. Check proxies and try again.")
      : sentence(
          "What answered in place of AWS sent something unreadable with HTTP {0}. Check proxies and try again.",
          status,
        ),
  unsupported: (answer) => sentence("AWS does not offer that here ({0}).", said(answer)),
};

/** AWS may name another one than was asked for: a tag of a launch, or the role that comes before everything. */
function deniedAction({ message }: FailedAnswer): string | undefined {
  return /not authorized to perform: ([a-z0-9-]{1,40}:[A-Za-z]{1,80})\b/.exec(message)?.[1];
}

const COUNTED_BY_FAMILY: ReadonlySet<string> = new Set([
  "VcpuLimitExceeded",
  "InstanceLimitExceeded",
  "MaxSpotInstanceCountExceeded",
]);

/** Something between the account's owner and AWS: no policy changes it. */
const ACCOUNT_SIDE: ReadonlySet<string> = new Set(["OptInRequired", "PendingVerification", "Blocked"]);

function marketOf({ code }: FailedAnswer, { market }: Purpose): Market {
  return code === "MaxSpotInstanceCountExceeded" ? "spot" : (market ?? "on-demand");
}

/** AWS's code and its words, without an encoded authorisation message, which is long and tells nobody anything. */
function said({ code, message }: FailedAnswer): string {
  const words = plainText(message.replace(/\s*Encoded authorization failure message:[\s\S]*$/i, ""), 300);
  const name = plainText(code, 80);
  if (name === "" || words.startsWith(name)) return words;
  return words === "" || words === "UnknownError" ? name : `${name}: ${words}`;
}

/** Credentials that could not be found, are out of date, or that AWS does not know. */
function signInAgain(answer: FailedAnswer, attempt: Attempt): Sentence {
  const { profile, region } = attempt.scope;
  const ended = hasEnded(answer) ? endedWords(answer, attempt) : undefined;
  if (ended) return ended;
  const program = signInProgram(attempt.renewal)?.join(" ");
  const refused = sentence(
    "AWS does not accept the credentials of the profile {0} in {1}: they are wrong, withdrawn or out of date, or the region is not enabled for the account.",
    profile,
    region,
  );
  return program === undefined
    ? sentence("{0} Renew them where they come from.", refused)
    : sentence("{0} To sign in again, run “{1}”.", refused, program);
}

/** By where the credentials come from; undefined where that leaves open what to do. */
function endedWords({ status }: FailedAnswer, { scope: { profile }, renewal }: Attempt): Sentence | undefined {
  const program = signInProgram(renewal)?.join(" ");
  if (program !== undefined)
    return sentence("The sign-in of the AWS profile {0} has ended. Run “{1}”.", profile, program);
  if (renewal?.kind === "code") {
    return sentence("The AWS profile {0} asks for a one-time code. Choose Sign In to enter it.", profile);
  }
  if (renewal?.kind === "process") {
    return sentence(
      "The program that the AWS profile {0} takes its credentials from (credential_process) gave none that hold. Run it in a terminal to see why.",
      profile,
    );
  }
  if (renewal?.kind !== "none" || status !== undefined) return undefined;
  return sentence(
    "There are no credentials for the AWS profile {0}. Run “aws configure sso --profile {0}”, or with keys “aws configure --profile {0}”.",
    profile,
  );
}

/** There was nothing to sign with, or AWS says that its time is over. */
function hasEnded({ code, status }: FailedAnswer): boolean {
  return status === undefined || /^(Expired|RequestExpired|CredentialsProvider|TokenProvider|ProviderError)/.test(code);
}

function wrongClock(skewMs: number | undefined): Sentence {
  if (skewMs === undefined) {
    return sentence("AWS refuses the time of the request. Set the clock of this machine and try again.");
  }
  const minutes = Math.max(1, Math.round(Math.abs(skewMs) / 60_000));
  return skewMs > 0
    ? sentence(
        "The clock of this machine is {0} min ahead of AWS's, which refuses that. Set it and try again.",
        minutes,
      )
    : sentence("The clock of this machine is {0} min behind AWS's, which refuses that. Set it and try again.", minutes);
}
