import { chmod, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../../src/core/session.ts";
import { startSshd, type Sshd } from "../../sandbox/sshd.ts";
import { createHome, createTestRemote, errorOf, forever, host, output, until, type Home } from "./support.ts";

let home: Home;
let server: Sshd | undefined;
let session: Session | undefined;

beforeAll(async () => {
  home = await createHome();
});
afterEach(async () => {
  session?.close();
  await server?.stop();
  session = server = undefined;
});
afterAll(() => home.remove());

/** A server on which every command is run by this instead of the user's own shell. */
async function openBehind(forceCommand: string): Promise<Session> {
  server = await startSshd({ directory: home.file("server"), forceCommand, environment: { HOME: home.directory } });
  await home.know(server);
  await home.configure(server.sshConfig("box"));
  return createTestRemote(home).openSession(host("box"), "background", forever);
}

async function script(name: string, ...lines: readonly string[]): Promise<string> {
  await writeFile(home.file(name), ["#!/bin/sh", ...lines, ""].join("\n"));
  await chmod(home.file(name), 0o755);
  return `"${home.file(name)}"`;
}

const SHELLS = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/usr/bin/tcsh", "/bin/dash"];

describe("the shell of a host", () => {
  for (const shell of SHELLS) {
    it.skipIf(!existsSync(shell))(`is found behind ${shell}`, async () => {
      session = await openBehind(`${shell} -c "$SSH_ORIGINAL_COMMAND"`);
      expect(session.shell).toBe("posix");
      expect(await output(session, "exec sh -c 'echo one; echo two; exit 0'")).toBe("one\ntwo\n");
    });
  }

  it("is found behind a profile that talks on both channels, without ending its last line", async () => {
    const chatty = await script(
      "chatty",
      "echo 'Welcome to HPC. exec: is a word.'; echo 'quota: 93 %' >&2; printf 'no newline'",
      'exec /bin/bash -c "$SSH_ORIGINAL_COMMAND"',
    );
    session = await openBehind(chatty);
    expect(session.shell).toBe("posix");
  });

  it("is Windows where cmd answers", async () => {
    const cmd = await script(
      "cmd",
      'case "$SSH_ORIGINAL_COMMAND" in',
      "'cmd /c echo gpu-dev-%OS%') printf 'gpu-dev-Windows_NT\\r\\n';;",
      `*) printf "'exec' is not recognized as an internal or external command,\\r\\noperable program or batch file.\\r\\n" >&2; exit 1;;`,
      "esac",
    );
    session = await openBehind(cmd);
    expect(session.shell).toBe("windows");
  });

  it("is Windows where cmd answers in German", async () => {
    const cmd = await script(
      "cmd in German",
      'case "$SSH_ORIGINAL_COMMAND" in',
      "'cmd /c echo gpu-dev-%OS%') printf 'gpu-dev-Windows_NT\\r\\n';;",
      `*) printf 'Der Befehl "exec" ist entweder falsch geschrieben oder\\r\\nkonnte nicht gefunden werden.\\r\\n' >&2; exit 1;;`,
      "esac",
    );
    session = await openBehind(cmd);
    expect(session.shell).toBe("windows");
  });

  it("is Windows where PowerShell answers, which repeats the command in its complaint", async () => {
    const powershell = await script(
      "powershell",
      "printf '#< CLIXML\\r\\n' >&2",
      `printf "exec : The term 'exec' is not recognized as the name of a cmdlet, function, script file, or operable program.\\r\\nAt line:1 char:1\\r\\n+ exec sh -c 'echo gpu-dev-\\$((6*7))-posix'\\r\\n    + FullyQualifiedErrorId : CommandNotFoundException\\r\\n" >&2`,
      "exit 1",
    );
    session = await openBehind(powershell);
    expect(session.shell).toBe("windows");
  });

  it("that runs no commands is an error with its own words, and leaves no connection", async () => {
    const nologin = await script("nologin", "echo 'This account is currently not available.'; exit 1");
    const error = await errorOf(openBehind(nologin));
    expect(error.code).toBe("unsupported");
    expect(error.message).toContain("This account is currently not available.");
    await until("the server has let go", async () => (await server?.processes())?.length === 1);
  });

  it("that merely repeats the command is not taken for one that runs it", async () => {
    const echoing = await script("echoing", 'echo "Unknown command: $SSH_ORIGINAL_COMMAND"');
    expect((await errorOf(openBehind(echoing))).code).toBe("unsupported");
  });
});
