import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createLocalProvider } from "../../src/providers/local/localProvider.ts";
import { describeProviderContract } from "./providerContract.ts";

describeProviderContract("this machine", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "gpu-dev-contract-"));
  await writeFile(path.join(folder, "nvidia-smi"), "#!/bin/sh\n");
  await chmod(path.join(folder, "nvidia-smi"), 0o755);
  const provider = createLocalProvider({ hostName: "desk", platform: "linux", environment: { PATH: folder } });
  return { provider, expected: 1, release: () => rm(folder, { recursive: true, force: true }) };
});

describe("this machine", () => {
  it("is not listed where it has no NVIDIA driver", async () => {
    const provider = createLocalProvider({ hostName: "desk", platform: "darwin", environment: { PATH: "/usr/bin" } });
    for await (const page of provider.list(new AbortController().signal)) expect(page).toEqual([]);
  });
});
