import type { AnyAuthMethod, KeyboardInteractiveAuthMethod, Prompt as SshPrompt } from "ssh2";
import { plainText } from "../core/plainText.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import type { Ask, Prompt } from "../core/ask.ts";
import { hasOption, listOption, type HostOptions } from "./hostOptions.ts";
import type { KeyRing } from "./keyRing.ts";

/** As the protocol names them; RFC 4252 and RFC 4256. */
type Method = "none" | "publickey" | "keyboard-interactive" | "password";

/** ssh_config(5), NumberOfPasswordPrompts. */
const PASSWORD_PROMPTS = 3;

export interface AuthenticationRequest {
  readonly options: HostOptions;
  readonly keyRing: KeyRing;
  /** Absent in background mode: only keys are offered then. */
  readonly askAnswers?: (prompts: Questions) => Promise<readonly string[] | undefined>;
  /** Ends the connection: the user dismissed a question. */
  readonly giveUp: (error: GpuDevError) => void;
}

export type Questions = Pick<Parameters<Ask["answers"]>[0], "name" | "instructions" | "prompts">;

/** Held by ssh2 as long as the connection lives: of the request it keeps only what answering takes. */
interface Answering extends Omit<AuthenticationRequest, "options"> {
  readonly user: string;
  readonly hostName: string;
}

/** Which method is tried next, in the order of `ssh`. Starts with "none", so that the server says what it offers. */
export class Authentication {
  private readonly request: Answering;
  private readonly steps: Method[];
  private offeredByServer: readonly string[] = [];

  constructor({ options, ...rest }: AuthenticationRequest) {
    this.request = { ...rest, user: options.user, hostName: options.hostName };
    this.steps = ["none", ...plannedMethods(options, rest.askAnswers !== undefined)];
  }

  /** The methods the server would still take, as it said last. */
  get offered(): readonly string[] {
    return this.offeredByServer;
  }

  /** False once there is nothing left to try. `offered` is null before the server was asked anything. */
  next(offered: readonly string[] | null, done: (method: AnyAuthMethod | false) => void): void {
    this.offeredByServer = offered ?? [];
    const step = this.steps.findIndex((method) => offered === null || offered.includes(method));
    const method = this.steps[step];
    // One step may come several times (a wrong password); the others before it are over.
    this.steps.splice(0, step + 1);
    if (method === undefined) done(false);
    else this.start(method, done);
  }

  /** Why it ended without success, and what to do. */
  refusal(): GpuDevError {
    const { user, hostName, keyRing, askAnswers } = this.request;
    if (keyRing.failure instanceof GpuDevError) return keyRing.failure;
    const who = plainText(`${user}@${hostName}`);
    const wantsAnswer = this.offeredByServer.some(
      (method) => method === "password" || method === "keyboard-interactive",
    );
    if (wantsAnswer && !askAnswers) {
      return new GpuDevError(
        "authentication",
        sentence("{0} asks for a password. Reconnect to enter it, or set up a key for this host.", who),
      );
    }
    return new GpuDevError(
      "authentication",
      sentence(
        "{0} was not let in; keys offered: {1}. Check the user name, and that the host has your public key.",
        who,
        keyRing.size,
      ),
    );
  }

  private start(method: Method, done: (method: AnyAuthMethod | false) => void): void {
    const { user: username, keyRing } = this.request;
    switch (method) {
      case "none":
        done({ type: "none", username });
        return;
      case "publickey":
        done({ type: "agent", username, agent: keyRing });
        return;
      case "keyboard-interactive":
        done({ type: "keyboard-interactive", username, prompt: (...asked) => this.prompt(...asked) });
        return;
      case "password":
        this.answer({ name: "", instructions: "", prompts: [{ text: "Password", echo: false }] }, ([password = ""]) => {
          done({ type: "password", username, password });
        });
        return;
    }
  }

  private prompt(...asked: Parameters<KeyboardInteractiveAuthMethod["prompt"]>): void {
    const [name, instructions, , prompts, finish] = asked;
    this.answer({ name, instructions, prompts: prompts.map(toPrompt) }, (answers) => {
      finish([...answers]);
    });
  }

  private answer(questions: Questions, answered: (answers: readonly string[]) => void): void {
    const { user, hostName, askAnswers, giveUp } = this.request;
    const dismissed = new GpuDevError(
      "authentication",
      sentence("{0} needs an answer that was not given.", plainText(`${user}@${hostName}`)),
    );
    const asked = askAnswers?.(questions) ?? Promise.resolve(undefined);
    asked.then(
      (answers) => (answers ? answered(answers) : giveUp(dismissed)),
      () => giveUp(dismissed),
    );
  }
}

/** ssh_config(5), PreferredAuthentications; methods that are switched off are left out. */
function plannedMethods(options: HostOptions, mayAsk: boolean): readonly Method[] {
  const prompts = Number(options.printed.get("numberofpasswordprompts")?.[0] ?? PASSWORD_PROMPTS);
  const asking = mayAsk && !hasOption(options, "batchmode", "yes");
  const times = (method: Method, switchedOff: boolean): readonly Method[] =>
    asking && !switchedOff ? Array.from({ length: prompts }, () => method) : [];
  const known: Readonly<Record<string, readonly Method[]>> = {
    publickey: hasOption(options, "pubkeyauthentication", "no", "false") ? [] : ["publickey"],
    "keyboard-interactive": times("keyboard-interactive", hasOption(options, "kbdinteractiveauthentication", "no")),
    password: times("password", hasOption(options, "passwordauthentication", "no")),
  };
  const preferred = listOption(options, "preferredauthentications") ?? Object.keys(known);
  return preferred.flatMap((method) => known[method] ?? []);
}

function toPrompt({ prompt, echo }: SshPrompt): Prompt {
  return { text: prompt, echo: echo ?? false };
}
