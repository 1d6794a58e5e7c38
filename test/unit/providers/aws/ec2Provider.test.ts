import { describe, expect, it } from "vitest";
import { sentence } from "../../../../src/core/sentence.ts";
import { Emitter } from "../../../../src/core/event.ts";
import type { PriceBook, PriceRequest } from "../../../../src/providers/aws/priceBook.ts";
import { aContext, listAll, never, SCOPE, theOne, withEmulatedAws, type Emulated } from "./emulated.ts";

describe("listing the instances of a region", () => {
  it("asks once for each page, and for what is new in it", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      for (const instanceType of ["g5.xlarge", "g6f.large", "m5.xlarge"]) emulator.addInstance({ instanceType });
      const listed = provider();
      expect(await listAll(listed)).toHaveLength(3);
      expect(actions({ emulator })).toEqual([
        "GetCallerIdentity",
        "DescribeInstances",
        "DescribeInstanceTypes",
        "DescribeVolumes",
      ]);
      emulator.clearRequests();
      await listAll(listed);
      expect(actions({ emulator })).toEqual(["DescribeInstances"]);
    }));

  it("gives the first page before it asks for the second", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      for (let index = 0; index < 1500; index += 1) emulator.addInstance();
      const sizes: number[] = [];
      const pagesAsked: number[] = [];
      for await (const page of provider().list(never())) {
        sizes.push(page.length);
        pagesAsked.push(actions({ emulator }).filter((action) => action === "DescribeInstances").length);
      }
      expect(sizes).toEqual([1000, 500]);
      expect(pagesAsked).toEqual([1, 2]);
    }));

  it("goes on after an empty page", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance();
      emulator.inject({ action: "DescribeInstances", effect: { kind: "emptyPage" } });
      expect(await listAll(provider())).toHaveLength(1);
    }));

  it("leaves out what has no accelerator, and keeps what nobody could tell about", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      const types = ["g5.xlarge", "g6f.large", "m5.xlarge", "x99.huge"];
      for (const instanceType of types) emulator.addInstance({ instanceType, tags: { Name: instanceType } });
      const listed = await listAll(provider({ filter: () => ({ gpuOnly: true, mine: false }) }));
      expect(listed.map(({ name }) => name).sort()).toEqual(["g5.xlarge", "g6f.large", "x99.huge"]);
    }));

  it("lists those of a tag, and the caller's own", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance({ tags: { Name: "mine", "gpu-dev:owner": "developer", team: "a*" } });
      emulator.addInstance({ tags: { Name: "hers", "gpu-dev:owner": "jane", team: "ab" } });
      const names = async (filter: object): Promise<readonly string[]> => {
        const listed = await listAll(provider({ filter: () => ({ gpuOnly: false, mine: false, ...filter }) }));
        return listed.map(({ name }) => name).sort();
      };
      expect(await names({ mine: true })).toEqual(["mine"]);
      expect(await names({ tag: "team" })).toEqual(["hers", "mine"]);
      expect(await names({ tag: "team=ab" })).toEqual(["hers"]);
      // What stands for other letters in a filter of EC2 is a letter here.
      expect(await names({ tag: "team=a*" })).toEqual(["mine"]);
      expect(await names({ tag: "nobody" })).toEqual([]);
    }));

  it("does without what it may not read", () =>
    withEmulatedAws(async ({ emulator, provider, log }) => {
      emulator.addInstance({ spot: {} });
      for (const action of ["DescribeInstanceTypes", "DescribeVolumes", "DescribeSpotInstanceRequests"]) {
        emulator.inject({ action, times: 10, effect: { kind: "error", code: "UnauthorizedOperation", status: 403 } });
      }
      const listed = provider();
      expect(await theOne(listed)).toMatchObject({ state: "running", gpu: undefined });
      emulator.clearRequests();
      await listAll(listed);
      expect(actions({ emulator })).toEqual(["DescribeInstances"]);
      expect(log.join("\n")).toContain("ec2:DescribeInstanceTypes");
    }));

  it("fails as a whole where the list itself does", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.inject({
        action: "DescribeInstances",
        effect: { kind: "error", code: "UnauthorizedOperation", status: 403 },
      });
      await expect(listAll(provider())).rejects.toMatchObject({ code: "permission" });
    }));

  it("does not follow a list without an end", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance();
      const rewrite = (body: string): string =>
        body.replace("</DescribeInstancesResponse>", "<nextToken>again</nextToken></DescribeInstancesResponse>");
      emulator.inject({ action: "DescribeInstances", times: 100, effect: { kind: "rewrite", rewrite } });
      const error: unknown = await listAll(provider()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: "GpuDevError" });
    }));

  it("names the provider by its scope", () =>
    withEmulatedAws(
      ({ provider }) => {
        const { id, isChosen, listLagMs } = provider();
        expect({ id, isChosen, listLagMs }).toEqual({
          id: "aws.ec2/work/eu-central-1",
          isChosen: true,
          listLagMs: 60_000,
        });
        return Promise.resolve();
      },
      { scope: { ...SCOPE, profile: "work", region: "eu-central-1" } },
    ));
});

describe("reading one instance", () => {
  it("needs no listing, and knows what is gone", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      const id = emulator.addInstance({ tags: { Name: "trainer" } });
      const one = provider();
      const environment = await one.read?.(`aws/111122223333/us-east-1/${id}`, never());
      expect(environment).toEqual(await theOne(one));
      expect(await one.read?.("aws/111122223333/us-east-1/i-0fffffffffffffff0", never())).toBeUndefined();
      expect(await one.read?.("aws/999999999999/us-east-1/" + id, never())).toBeUndefined();
      expect(await one.read?.("ssh/config/trainer", never())).toBeUndefined();
    }));
});

describe("host keys of an instance", () => {
  it("are those that its console shows, once it does", () => {
    const blob = Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0 0123456789abcdef0123456789abcdef").toString("base64");
    const block = [
      "-----BEGIN SSH HOST KEY KEYS-----",
      `ssh-ed25519 ${blob} root@x`,
      "-----END SSH HOST KEY KEYS-----",
    ];
    const addresses = { publicIp: "198.51.100.7", privateIp: "10.0.0.7", consoleOutput: block.join("\r\n") };
    const machines = {
      start: () => Promise.resolve(addresses),
      stop: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    };
    return withEmulatedAws(
      async ({ emulator, provider }) => {
        emulator.addInstance({ state: "stopped" });
        const one = provider();
        await one.perform({ operation: "start", operationId: "start" }, await theOne(one), aContext());
        const environment = await theOne(one);
        expect(await one.hostKeys?.(environment, never())).toEqual([]);
        await emulator.clock.advance(120_000);
        expect(await one.hostKeys?.(environment, never())).toEqual([`ssh-ed25519 ${blob}`]);
      },
      { machines },
    );
  });
});

describe("prices of a listing", () => {
  it("are fetched after it and make it out of date once", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance({ spot: {} });
      emulator.addInstance({ zone: "us-east-1b" });
      emulator.addInstance({ zone: "us-east-1b" });
      const book = aPriceBook();
      const listed = provider({ prices: book });
      const invalidated = new Promise<void>((resolve) => listed.onDidInvalidate?.(resolve));
      expect((await listAll(listed)).map(({ billing }) => billing)).toEqual(Array(3).fill({ kind: "billing" }));
      await invalidated;
      expect(book.asked).toEqual([
        { instanceType: "g5.xlarge", market: "spot", zone: "us-east-1a" },
        { instanceType: "g5.xlarge", market: "on-demand", zone: "us-east-1b" },
      ]);
      expect((await listAll(listed))[0]?.billing).toMatchObject({ price: { perHour: 2 } });
    }));

  it("that cannot be had fail no listing", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance();
      const prices = { ...aPriceBook(), warm: () => Promise.reject(new Error("no prices")) };
      expect(await listAll(provider({ prices }))).toHaveLength(1);
    }));
});

describe("what an operation does to a machine", () => {
  it("is told of the machine as it is", () =>
    withEmulatedAws(async ({ emulator, provider }) => {
      emulator.addInstance({ elasticIp: "203.0.113.9" });
      const one = provider();
      const environment = await theOne(one);
      const stop = one.consequences?.("stop", environment);
      expect(JSON.stringify(stop?.survives)).toContain("Elastic IP");
      expect(JSON.stringify(stop?.lost)).toContain("instance store");
      expect(JSON.stringify(stop?.lost)).not.toContain("public address");
      expect(JSON.stringify(stop?.bill)).toContain("EBS disks go on billing");
      expect(JSON.stringify(one.consequences?.("delete", environment).bill)).toContain("Elastic IP address goes on");
      for (const operation of ["start", "hibernate", "restart", "scale", "extend"] as const) {
        expect(one.consequences?.(operation, environment)).toBeDefined();
      }
    }));
});

function actions({ emulator }: Pick<Emulated, "emulator">): readonly string[] {
  return emulator.requests.map(({ action }) => action);
}

function aPriceBook(): PriceBook & { readonly asked: PriceRequest[] } {
  const changed = new Emitter<undefined>();
  const asked: PriceRequest[] = [];
  let isWarm = false;
  const price = { perHour: 2, currency: "USD", source: sentence("a test"), date: "2026-11-01" };
  return {
    asked,
    price: () => (isWarm ? price : undefined),
    storagePrice: () => undefined,
    warm: (requests) => {
      if (!isWarm) asked.push(...requests);
      isWarm = true;
      changed.fire(undefined);
      changed.fire(undefined);
      return Promise.resolve();
    },
    onDidChange: changed.event,
  };
}
