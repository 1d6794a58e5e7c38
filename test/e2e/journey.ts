import { it, onTestFailed, onTestFinished } from "vitest";
import type { Visit } from "./session.ts";

export type Journey = (name: string, act: () => Promise<void>) => void;

/** Tests in one window, of which a failure keeps evidence, and a second attempt is named. */
export function journeys(visit: () => Visit, options: { readonly timeout?: number } = {}): Journey {
  return (name, act) => {
    it(name, options, async () => {
      noteAttempts(visit, name);
      await act();
    });
  };
}

/** For a test that is running. */
export function noteAttempts(visit: () => Visit, name: string): void {
  onTestFailed(async () => {
    console.log(`Evidence: ${await visit().keepEvidence(name)}`);
  });
  onTestFinished(({ task }) => {
    const retries = task.result?.retryCount ?? 0;
    if (retries > 0) console.log(`NEEDED ANOTHER ATTEMPT (${retries}): ${name}`);
  });
}
