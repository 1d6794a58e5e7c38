import type { Connection } from "./connection.ts";
import type { Environment, PowerOperation } from "./environment.ts";
import type { Event } from "./event.ts";
import type { Sentence } from "./sentence.ts";

export interface OperationRequest {
  readonly operation: PowerOperation;
  /** The same id asked twice is one operation. */
  readonly operationId: string;
}

export interface OperationContext {
  readonly signal: AbortSignal;
}

/** The one interface a cloud implements. Knows nothing of VS Code. */
export interface EnvironmentProvider {
  readonly id: string;
  readonly displayName: Sentence;
  /** Yields pages as the cloud answers, so that the tree fills while a large account is still loading. */
  list(signal: AbortSignal): AsyncIterable<readonly Environment[]>;
  /** Resolves once the cloud reports the operation finished. Rejects with "unsupported" where there is none. */
  perform(operation: OperationRequest, environment: Environment, context: OperationContext): Promise<void>;
  connection(environment: Environment, signal: AbortSignal): Promise<Connection>;
  /** Fires when the provider itself notices that its list is out of date, e.g. a file was edited. */
  readonly onDidInvalidate?: Event<void>;
}
