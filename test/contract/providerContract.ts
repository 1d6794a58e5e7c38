import { describe, expect, it } from "vitest";
import type { Environment, PowerOperation } from "../../src/core/environment.ts";
import { GpuDevError } from "../../src/core/error.ts";
import type { EnvironmentProvider } from "../../src/core/provider.ts";
import { inEnglish } from "../../src/core/sentence.ts";

/** What the contract suite needs in order to judge a provider. */
export interface ProviderUnderTest {
  readonly provider: EnvironmentProvider;
  /** How many environments the account behind it has. */
  readonly expected: number;
  readonly release: () => Promise<void>;
}

const OPERATIONS: readonly PowerOperation[] = ["start", "stop", "hibernate", "restart", "delete", "scale", "extend"];

/** The one suite every provider must pass, whatever cloud is behind it. */
export function describeProviderContract(name: string, open: () => Promise<ProviderUnderTest>): void {
  const using = async (act: (subject: ProviderUnderTest) => Promise<void>): Promise<void> => {
    const subject = await open();
    try {
      await act(subject);
    } finally {
      await subject.release();
    }
  };

  describe(`provider contract: ${name}`, () => {
    it("lists every environment once, under its own provider id", () =>
      using(async ({ provider, expected }) => {
        const environments = await listAll(provider);
        expect(environments).toHaveLength(expected);
        expect(new Set(environments.map(({ id }) => id)).size).toBe(expected);
        expect(environments.every(({ providerId }) => providerId === provider.id)).toBe(true);
      }));

    it("gives the same ids at every listing", () =>
      using(async ({ provider }) => {
        const ids = async (): Promise<string[]> => (await listAll(provider)).map(({ id }) => id).sort();
        expect(await ids()).toEqual(await ids());
      }));

    it("says of every operation whether it is available, and why not in words", () =>
      using(async ({ provider }) => {
        for (const { operations } of await listAll(provider)) {
          for (const operation of OPERATIONS) {
            const availability = operations[operation];
            if (!availability.available) expect(inEnglish(availability.reason)).toMatch(/^[A-Z].+\.$/);
          }
        }
      }));

    it("refuses an unavailable operation with one error that names the environment", () =>
      using(async ({ provider }) => {
        for (const environment of await listAll(provider)) {
          const refused = OPERATIONS.find((operation) => !environment.operations[operation].available);
          if (refused === undefined) continue;
          const act = provider.perform({ operation: refused, operationId: "contract" }, environment, {
            signal: never(),
            report: () => undefined,
            steps: { get: () => undefined, put: () => Promise.resolve() },
          });
          const error: unknown = await act.catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(GpuDevError);
          expect(String(error)).toContain(environment.name);
        }
      }));

    it("never shows a price of nothing for what it cannot price", () =>
      using(async ({ provider }) => {
        for (const { billing } of await listAll(provider)) {
          if ("price" in billing) expect(billing.price.perHour).toBeGreaterThan(0);
          if (billing.kind === "unknown") expect(inEnglish(billing.reason)).not.toBe("");
        }
      }));

    it("gives a connection of the kind its environments announce, as plain data", () =>
      using(async ({ provider }) => {
        for (const environment of await listAll(provider)) {
          const connection = await provider.connection(environment, never());
          expect(connection.kind).toBe(environment.reach);
          expect(structuredClone(connection)).toEqual(connection);
        }
      }));
  });
}

async function listAll(provider: EnvironmentProvider, signal = never()): Promise<readonly Environment[]> {
  const environments: Environment[] = [];
  for await (const page of provider.list(signal)) environments.push(...page);
  return environments;
}

function never(): AbortSignal {
  return new AbortController().signal;
}
