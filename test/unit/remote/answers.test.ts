import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import ssh2, { type AuthContext } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSshd } from "../../sandbox/sshd.ts";
import { createFakeAsk, createHome, createTestRemote, errorOf, forever, host, output, type Home } from "./support.ts";

let home: Home;
let server: ssh2.Server;
const seen: string[] = [];

/** OpenSSH asks for passwords and codes only with the accounts of the machine; this server has one of its own. */
function decide(context: AuthContext): void {
  seen.push(context.method);
  if (context.method === "keyboard-interactive") {
    context.prompt(
      [
        { prompt: "Password: ", echo: false },
        { prompt: "Code: ", echo: true },
      ],
      "Cluster",
      "Two of two",
      (answers) => {
        if (answers[0] === "hunter2" && answers[1] === "123456") context.accept();
        else context.reject(["keyboard-interactive", "password"]);
      },
    );
  } else if (context.method === "password" && context.password === "hunter2") {
    context.accept();
  } else {
    context.reject(["keyboard-interactive", "password"]);
  }
}

beforeAll(async () => {
  home = await createHome();
  const keys = await startSshd({ directory: home.file("keys") });
  await keys.stop();
  server = new ssh2.Server({ hostKeys: [await readFile(keys.hostKeyFile)] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", decide);
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        channel.write(command.includes("gpu-dev-") ? "gpu-dev-42-posix\n" : "let in\n");
        channel.exit(0);
        channel.end();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await writeFile(home.knownHosts, `[127.0.0.1]:${port} ${keys.hostKeyPublic}\n`);
  await home.configure("Host box", "  HostName 127.0.0.1", `  Port ${port}`, "  User jane", "  IdentityFile none");
});
afterAll(async () => {
  server.close();
  await home.remove();
});

describe("a host that asks questions", () => {
  it("gets its answers from the user, each with its own prompt", async () => {
    const ask = createFakeAsk({ answers: [["hunter2", "123456"]] });
    const session = await createTestRemote(home, { ask }).openSession(host("box"), "interactive", forever);
    expect(await output(session, "hello")).toBe("let in\n");
    expect(ask.prompts).toEqual([
      {
        host: "127.0.0.1",
        user: "jane",
        name: "Cluster",
        instructions: "Two of two",
        prompts: [
          { text: "Password: ", echo: false },
          { text: "Code: ", echo: true },
        ],
      },
    ]);
    session.close();
  });

  it("asks again after a wrong answer, and then by the next method", async () => {
    const wrong = ["hunter3", ""];
    const ask = createFakeAsk({ answers: [wrong, wrong, wrong, ["hunter2"]] });
    const session = await createTestRemote(home, { ask }).openSession(host("box"), "interactive", forever);
    expect(ask.prompts.map(({ prompts }) => prompts.length)).toEqual([2, 2, 2, 1]);
    session.close();
  });

  it("ends when the user dismisses the question", async () => {
    const ask = createFakeAsk({});
    const error = await errorOf(createTestRemote(home, { ask }).openSession(host("box"), "interactive", forever));
    expect(error.code).toBe("authentication");
    expect(ask.prompts).toHaveLength(1);
  });

  it("is not asked in the background, and the next step is named", async () => {
    seen.length = 0;
    const error = await errorOf(createTestRemote(home).openSession(host("box"), "background", forever));
    expect(error.message).toContain("asks for a password");
    expect(seen).toEqual(["none"]);
  });

  it("may be thought about for longer than a connection may take", async () => {
    await writeFile(home.configFile, `${await readFile(home.configFile, "utf8")}\n  ConnectTimeout 1\n`);
    const ask = createFakeAsk({ answers: [["hunter2", "123456"]] });
    const slow = {
      ...ask,
      answers: async (...asked: Parameters<typeof ask.answers>) => {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return ask.answers(...asked);
      },
    };
    (await createTestRemote(home, { ask: slow }).openSession(host("box"), "interactive", forever)).close();
  });

  it("leaves no answer in the log, in an error or in a file", async () => {
    const canary = "canary-7f3a";
    const log: string[] = [];
    const ask = createFakeAsk({
      answers: [[canary, canary], [canary, canary], [canary, canary], [canary], [canary], [canary]],
    });
    const remote = createTestRemote(home, { ask, log: (line) => log.push(line) });
    const error = await errorOf(remote.openSession(host("box"), "interactive", forever));
    expect(`${error.message} ${error.stack ?? ""} ${JSON.stringify(error)} ${log.join()}`).not.toContain(canary);
    expect(await readFile(home.knownHosts, "utf8")).not.toContain(canary);
  });
});
