import { GpuDevError } from "../../core/error.ts";
import type { InterruptionAction, InterruptionNotice, InterruptionProbe } from "../../core/interruption.ts";
import { sentence } from "../../core/sentence.ts";
import { formOf, recordOf } from "./untrusted.ts";

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
const METADATA = "http://169.254.169.254/latest";
/** Neither the account's own configuration nor its proxy is for a question that must not leave the machine. */
const CURL = 'curl -q -s -m 2 --noproxy "*"';

/** The longest notice is about 60 characters; that there is none is said by a page of some 400. */
const MAX_LENGTH = 8_192;

/**
 * Of a Spot instance: two minutes before it is stopped or terminated, and when a hibernation begins. AWS recommends to
 * ask every five seconds. Prints the machine's time in seconds, and then the answer with its HTTP status behind it.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
export const spotNotice: InterruptionProbe = {
  platform: "AWS",
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/interruption-behavior.html
  restartedBy: "platform",
  command: [
    `t=$(${CURL} -f -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" ${METADATA}/api/token)`,
    "date -u +%s",
    `${CURL} -w " %{http_code}" -H "X-aws-ec2-metadata-token: $t" ${METADATA}/meta-data/spot/instance-action`,
  ].join(" && "),
  parse: parseSpotNotice,
};

const ANSWER = /^(?<seconds>\d{9,11})\r?\n(?<body>[^]*) (?<status>\d{3})\s*$/;

/** Undefined where none is announced. Throws "unreadable-answer" for anything but an answer of the metadata service. */
export function parseSpotNotice(stdout: string): InterruptionNotice | undefined {
  const answer = stdout.length > MAX_LENGTH ? undefined : ANSWER.exec(stdout)?.groups;
  const { seconds = "", body = "", status = "" } = answer ?? {};
  if (status === "404") return undefined;
  const notice = status === "200" ? noticeOf(body) : undefined;
  if (notice) return { ...notice, saidAt: Number(seconds) * 1000 };
  throw new GpuDevError(
    "unreadable-answer",
    sentence("The instance metadata did not say whether this Spot instance will be interrupted."),
  );
}

const ACTIONS: ReadonlyMap<string, InterruptionAction> = new Map([
  ["stop", "stop"],
  ["hibernate", "hibernate"],
  ["terminate", "terminate"],
]);

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

function noticeOf(body: string): InterruptionNotice | undefined {
  const notice = recordOf(parsed(body));
  const action = ACTIONS.get(formOf(notice["action"], /^[a-z]+$/) ?? "");
  const at = Date.parse(formOf(notice["time"], UTC) ?? "");
  return action === undefined || Number.isNaN(at) ? undefined : { action, at };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // not from the metadata service
  }
}
