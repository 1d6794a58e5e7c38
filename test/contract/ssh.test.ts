import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Emitter } from "../../src/core/event.ts";
import { createSshProvider } from "../../src/providers/ssh/sshProvider.ts";
import { listConfigHosts } from "../../src/providers/ssh/userConfig.ts";
import { safeAlias } from "../../src/remote/include/alias.ts";
import { describeProviderContract } from "./providerContract.ts";

describeProviderContract("ssh", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-contract-"));
  const file = path.join(folder, "config");
  await writeFile(file, "Host trainer My-Box\n  HostName 10.0.0.1\nHost *.example.com\n  User me\nHost vault\n");
  const provider = createSshProvider({
    configHosts: () =>
      listConfigHosts(file, (name) => readFile(name, "utf8"), { home: folder, listFolder: (name) => readdir(name) }),
    // The same name twice, and one that is a host of the configuration as well.
    settingsHosts: () => ["me@10.0.0.2:2222", "trainer", "trainer", { name: "Lab", hostName: "10.0.0.3" }, "-oBad"],
    safeAlias,
    onDidChange: new Emitter<undefined>().event,
    log: () => undefined,
  });
  return { provider, expected: 3 + 4, release: () => rm(folder, { recursive: true, force: true }) };
});
