import { GpuDevError, messageOf } from "../../core/error.ts";
import { lazily } from "../../core/lazily.ts";
import { plainText } from "../../core/plainText.ts";
import { sentence } from "../../core/sentence.ts";
import { withDeadline } from "../../core/waiting.ts";
import type { AwsIdentity } from "./sending.ts";
import { DEFAULT_PROFILE } from "./scopes.ts";

/** The credentials of one profile. */
export interface ProfileCredentials {
  /** Resolves with ones that hold, or rejects with the SDK's reason. `forceRefresh`: not those of before. */
  readonly provide: (options?: Record<string, unknown>) => Promise<AwsIdentity>;
  /** Takes on the role that asks for a one-time code. Rejects with "authentication" where AWS does not take it. */
  readonly enterCode: (code: string, signal: AbortSignal) => Promise<void>;
}

/** The SDK itself waits for the service that gives out roles without end. */
const CODE_DEADLINE_MS = 20_000;

export type CredentialsOf = (profile: string) => ProfileCredentials;

/**
 * The SDK's own chain for each profile: environment, files, SSO, process, instance metadata. All services and regions
 * of a profile have one in common, so that a role is assumed, a program run and a code asked for once for all of them.
 */
export function createCredentials(log: (line: string) => void): CredentialsOf {
  const known = new Map<string, ProfileCredentials>();
  return (profile) => {
    const credentials = known.get(profile) ?? credentialsOf(profile, log);
    known.set(profile, credentials);
    return credentials;
  };
}

function credentialsOf(profile: string, log: (line: string) => void): ProfileCredentials {
  let entered: string | undefined;
  /** A code is good for one use. Nobody is asked in the background: the row says that one is needed. */
  const takeCode = (): Promise<string> => {
    const code = entered;
    entered = undefined;
    return code === undefined ? Promise.reject(codeNeeded()) : Promise.resolve(code);
  };
  const chain = lazily(async () => {
    const { defaultProvider } = await import("./sdk/credentials.ts");
    return defaultProvider({
      ...(profile === DEFAULT_PROFILE ? {} : { profile }),
      mfaCodeProvider: takeCode,
      logger: quietLogger(log),
      // Without it what the user edits in the profile files counts after a restart only.
      ignoreCache: true,
    });
  });
  const provide: ProfileCredentials["provide"] = async (options) => (await chain())(options);
  return {
    provide,
    enterCode: async (code, signal) => {
      entered = code;
      try {
        const late = sentence("Signing in took too long.");
        await withDeadline(CODE_DEADLINE_MS, signal, late, () => provide({ forceRefresh: true }));
      } catch (error) {
        signal.throwIfAborted();
        throw notTaken(profile, error);
      } finally {
        entered = undefined; // also where the chain failed before it came to the role
      }
    },
  };
}

/** As the SDK itself says that it has nobody to ask; it does not go on to other sources then. */
function codeNeeded(): Error {
  const error = new Error("The profile requires multi-factor authentication.");
  return Object.assign(error, { name: "CredentialsProviderError", tryNextLink: false });
}

function notTaken(profile: string, error: unknown): GpuDevError {
  const reason = plainText(messageOf(error), 300);
  return new GpuDevError(
    "authentication",
    sentence(
      "AWS did not take the code for the profile {0}: {1} A code is good once; wait for the next.",
      profile,
      reason,
    ),
    { cause: error },
  );
}

const SILENT = { debug: () => undefined, info: () => undefined, error: () => undefined };

/** Requests and answers are not logged; the SDK's warnings would go to the console. */
export function quietLogger(log: (line: string) => void) {
  return { ...SILENT, warn: (...content: unknown[]) => log(String(content[0])) };
}
