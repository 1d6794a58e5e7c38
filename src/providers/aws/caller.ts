import { GpuDevError } from "../../core/error.ts";
import { sentence } from "../../core/sentence.ts";
import type { AwsClients } from "./client.ts";
import { callerName } from "./provisioning/caller.ts";
import { formOf, textOf } from "./untrusted.ts";

/** Whose credentials a profile holds. */
export interface Caller {
  readonly accountId: string;
  /** The user, or the session of a role, which with SSO bears the user's name too: fit for a tag. */
  readonly name: string;
}

/** Asks AWS once and keeps the answer. The abort of one asker does not keep it from the others. */
export function createCaller(clients: AwsClients): (signal: AbortSignal) => Promise<Caller> {
  const ask = async (signal: AbortSignal): Promise<Caller> => {
    const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    const failure = sentence("The account of the AWS profile {0} could not be found out", clients.scope.profile);
    const answer = await clients.send(clients.sts, new GetCallerIdentityCommand({}), { failure }, signal);
    const accountId = formOf(answer.Account, /^\d{12}$/);
    if (accountId === undefined) {
      throw new GpuDevError("unreadable-answer", sentence("{0}. AWS named no account.", failure));
    }
    return { accountId, name: callerName(textOf(answer.Arn, 2048) ?? "") };
  };
  let kept: Caller | undefined;
  return async (signal) => (kept ??= await ask(signal));
}
