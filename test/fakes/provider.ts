import type { Environment } from "../../src/core/environment.ts";
import { GpuDevError } from "../../src/core/error.ts";
import { Emitter } from "../../src/core/event.ts";
import type { EnvironmentProvider } from "../../src/core/provider.ts";
import { sentence } from "../../src/core/sentence.ts";

/** A provider whose answers a test writes: pages, failures, silence. */
export interface FakeProvider extends Omit<EnvironmentProvider, "perform"> {
  /** What an operation does; refuses until a test says otherwise. */
  perform: EnvironmentProvider["perform"];
  /** What the next listings yield, page by page; an Error is thrown in its place. */
  pages: readonly (readonly Environment[] | Error)[];
  /** While true, a listing waits for ever, or until it is aborted. */
  silent: boolean;
  listings: number;
  readonly aborted: readonly string[];
  invalidate(): void;
}

export function createFakeProvider(id: string, pages: FakeProvider["pages"] = []): FakeProvider {
  const invalidated = new Emitter<undefined>();
  const aborted: string[] = [];
  const provider: FakeProvider = {
    id,
    displayName: sentence("Provider {0}", id),
    pages,
    silent: false,
    listings: 0,
    aborted,
    onDidInvalidate: invalidated.event,
    invalidate: () => {
      invalidated.fire(undefined);
    },
    async *list(signal) {
      provider.listings++;
      signal.addEventListener("abort", () => aborted.push(id));
      if (provider.silent) await new Promise<never>(() => undefined);
      for (const page of provider.pages) {
        if (page instanceof Error) throw page;
        yield await Promise.resolve(page);
      }
    },
    perform: (_request, environment) =>
      Promise.reject(new GpuDevError("unsupported", sentence("{0} was left as it is.", environment.name))),
    connection: (environment) => Promise.resolve({ kind: "ssh", alias: environment.name }),
  };
  return provider;
}
