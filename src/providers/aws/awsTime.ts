import type { Clock } from "../../core/clock.ts";
import type { AwsClients } from "./client.ts";

/** The header Date names whole seconds, and an answer takes a moment. */
const NOTICED_MS = 60_000;

/** How far the clock of this computer is ahead of AWS's, by the header Date of AWS's last answer; 0 where it is right. */
export async function clockAheadMs(clients: AwsClients, clock: Clock): Promise<number> {
  const { config } = await clients.ec2();
  const aheadMs = clock() - (Date.now() + config.systemClockOffset);
  return Math.abs(aheadMs) < NOTICED_MS ? 0 : aheadMs;
}
