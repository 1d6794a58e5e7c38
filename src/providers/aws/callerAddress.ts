import { get } from "node:https";
import { isIP } from "node:net";
import { abortable } from "../../core/waiting.ts";

/** AWS's own answer to the question from where one is seen. */
const WHERE = "https://checkip.amazonaws.com/";
const DEADLINE_MS = 5000;
const LONGEST_ANSWER = 100;

/** The address from which this machine reaches the internet; undefined where it cannot be found out. */
export function readCallerAddress(signal: AbortSignal): Promise<string | undefined> {
  return abortable<string | undefined>(signal, (resolve) => {
    const request = get(WHERE, { timeout: DEADLINE_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text = (text + part).slice(0, LONGEST_ANSWER)));
      response.on("end", () => resolve(isIP(text.trim()) === 0 ? undefined : text.trim()));
      response.on("error", () => resolve(undefined));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
    request.on("close", () => resolve(undefined));
    return () => request.destroy();
  });
}
