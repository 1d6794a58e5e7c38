import type { AwsError } from "../awsError.ts";
import type { Service } from "../requests.ts";
import { element, members, type XmlMembers } from "./xml.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const XML = { "Content-Type": "text/xml;charset=UTF-8" } as const;
const JSON_TYPE = { "Content-Type": "application/x-amz-json-1.1" } as const;
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** https://docs.aws.amazon.com/ec2/latest/devguide/ec2-query-api.html */
export function ec2Answer(action: string, result: XmlMembers, requestId: string): Answer {
  const space = "http://ec2.amazonaws.com/doc/2016-11-15/";
  const inside = members({ requestId, ...result });
  return {
    status: 200,
    headers: XML,
    body: `${HEAD}<${action}Response xmlns="${space}">${inside}</${action}Response>`,
  };
}

export function stsAnswer(action: string, result: XmlMembers, requestId: string): Answer {
  const space = "https://sts.amazonaws.com/doc/2011-06-15/";
  const inside = members({ [`${action}Result`]: { ...result }, ResponseMetadata: { RequestId: requestId } });
  return {
    status: 200,
    headers: XML,
    body: `${HEAD}<${action}Response xmlns="${space}">${inside}</${action}Response>`,
  };
}

export function jsonAnswer(result: object): Answer {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(result) };
}

export function errorAnswer(service: Service, error: AwsError, requestId: string): Answer {
  const { status } = error;
  if (service === "ec2")
    return { status, headers: { ...XML, ...error.headers }, body: HEAD + ec2Error(error, requestId) };
  if (service === "sts")
    return { status, headers: { ...XML, ...error.headers }, body: HEAD + stsError(error, requestId) };
  const body = JSON.stringify({ __type: error.code, message: error.message });
  return { status, headers: { ...JSON_TYPE, ...error.headers }, body };
}

function ec2Error({ code, message }: AwsError, requestId: string): string {
  const error = { Error: { Code: code, Message: message } };
  return element("Response", { Errors: error, RequestID: requestId });
}

function stsError({ code, message, status }: AwsError, requestId: string): string {
  const type = status < 500 ? "Sender" : "Receiver";
  return element("ErrorResponse", { Error: { Type: type, Code: code, Message: message }, RequestId: requestId });
}

export function htmlAnswer(status: number, retryAfter: string | undefined): Answer {
  const words = status === 503 ? "Service Temporarily Unavailable" : "Internal Server Error";
  return {
    status,
    headers: { "Content-Type": "text/html", ...(retryAfter === undefined ? {} : { "Retry-After": retryAfter }) },
    body: `<html>\r\n<head><title>${status} ${words}</title></head>\r\n<body>\r\n<center><h1>${status} ${words}</h1></center>\r\n<hr>\r\n</body>\r\n</html>\r\n`,
  };
}
