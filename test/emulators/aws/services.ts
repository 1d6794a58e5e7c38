import { AwsError } from "./awsError.ts";
import { EC2_ACTIONS } from "./ec2/actions.ts";
import { findInstances } from "./ec2/ids.ts";
import { dryRunPassed } from "./ec2/runInstances.ts";
import type { FaultEffect } from "./faults.ts";
import type { JsonAction } from "./json/call.ts";
import { PRICING_ACTIONS } from "./json/pricing.ts";
import { SERVICE_QUOTAS_ACTIONS } from "./json/serviceQuotas.ts";
import { SSM_ACTIONS } from "./json/ssm.ts";
import type { AwsAccount } from "./options.ts";
import type { RecordedRequest } from "./requests.ts";
import { ec2Answer, jsonAnswer, stsAnswer, type Answer } from "./wire/answer.ts";
import { texts, type Parameters } from "./wire/parameters.ts";
import type { RegionWorld } from "./world/region.ts";

/** A request whose sender is known, and the world that he sees. */
export interface Work {
  readonly request: RecordedRequest;
  readonly requestId: string;
  readonly region: RegionWorld;
  readonly account: AwsAccount;
  readonly effect: FaultEffect | undefined;
}

/** Does what was asked for; throws an `AwsError` where that is refused. */
export function perform(work: Work): Answer {
  switch (work.request.service) {
    case "ec2":
      return performEc2(work);
    case "sts":
      return performSts(work);
    case "ssm":
      return performJson(work, SSM_ACTIONS);
    case "servicequotas":
      return performJson(work, SERVICE_QUOTAS_ACTIONS);
    case "pricing":
      return performJson(work, PRICING_ACTIONS);
  }
}

function performEc2({ request, region, requestId, effect }: Work): Answer {
  const { action } = request;
  const perform = EC2_ACTIONS[action];
  if (!perform) throw new AwsError("InvalidAction", `The action ${action} is not valid for this web service.`);
  const parameters = textsOnly(request.parameters);
  checkDryRun(action, region, parameters);
  const result = perform({
    action,
    region,
    parameters,
    staleByMs: effect?.kind === "stale" ? effect.ageMs : 0,
    emptyPage: effect?.kind === "emptyPage",
  });
  return ec2Answer(action, result, requestId);
}

/** Only a launch has more to check than that the instances are there. */
function checkDryRun(action: string, region: RegionWorld, parameters: Parameters): void {
  if (parameters["DryRun"] !== "true" || action === "RunInstances") return;
  findInstances(region, texts(parameters, "InstanceId"));
  throw dryRunPassed();
}

function performSts({ request, account, requestId }: Work): Answer {
  const { action } = request;
  if (action !== "GetCallerIdentity") throw new AwsError("InvalidAction", `Could not find operation ${action}`);
  const { accountId, userName } = account;
  const result = { Arn: `arn:aws:iam::${accountId}:user/${userName}`, UserId: "AIDAEXAMPLE", Account: accountId };
  return stsAnswer(action, result, requestId);
}

function performJson({ request, region }: Work, actions: Readonly<Record<string, JsonAction>>): Answer {
  const action = actions[request.action];
  if (!action) throw new AwsError("UnknownOperationException", `The operation ${request.action} is unknown.`);
  return jsonAnswer(action({ region, parameters: request.parameters }));
}

/** A form has nothing but texts; the record of a request knows it as anything. */
function textsOnly(parameters: Readonly<Record<string, unknown>>): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
