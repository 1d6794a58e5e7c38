import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import { withDeadline } from "../../core/waiting.ts";
import type { AwsClients } from "./client.ts";
import { callerName } from "./provisioning/caller.ts";
import { formOf, textOf } from "./untrusted.ts";

/** Whose credentials a profile holds. */
export interface Caller {
  readonly accountId: string;
  /** The user, or the session of a role, which with SSO bears the user's name too: fit for a tag. */
  readonly name: string;
}

/** Asks AWS once for each set of credentials: whoever signs in anew may be somebody else. */
export function createCaller(clients: AwsClients): (signal: AbortSignal) => Promise<Caller> {
  const ask = async (signal: AbortSignal): Promise<Caller> => {
    const { GetCallerIdentityCommand } = await import("./sdk/sts.ts");
    const failure = sentence("The account of the AWS profile {0} could not be found out", clients.scope.profile);
    const answer = await clients.send(clients.sts, new GetCallerIdentityCommand({}), { failure }, signal);
    const accountId = formOf(answer.Account, /^\d{12}$/);
    if (accountId === undefined) {
      throw new GpuDevError("unreadable-answer", sentence("{0}. AWS named no account.", failure));
    }
    return { accountId, name: callerName(textOf(answer.Arn, 2048) ?? "") };
  };
  let kept: { readonly accessKeyId: string; readonly caller: Caller } | undefined;
  return async (signal) => {
    const accessKeyId = await accessKeyOf(clients, signal);
    if (kept?.accessKeyId !== accessKeyId) kept = { accessKeyId, caller: await ask(signal) };
    return kept.caller;
  };
}

/** Empty where there are no credentials: the request that needs them says so in its own words. */
async function accessKeyOf({ ec2 }: AwsClients, signal: AbortSignal): Promise<string> {
  const { config } = await ec2();
  const late = sentence("The credentials took too long.");
  try {
    return (await withDeadline(CREDENTIALS_DEADLINE_MS, signal, late, () => config.credentials())).accessKeyId;
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

const CREDENTIALS_DEADLINE_MS = 5000;
