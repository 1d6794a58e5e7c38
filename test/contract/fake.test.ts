import { anEnvironment } from "../fakes/environment.ts";
import { createFakeProvider } from "../fakes/provider.ts";
import { describeProviderContract } from "./providerContract.ts";

describeProviderContract("fake", () => {
  const page = ["a", "b"].map((name) => anEnvironment({ id: `fake/${name}`, providerId: "fake", name }));
  return Promise.resolve({
    provider: createFakeProvider("fake", [page]),
    expected: 2,
    release: () => Promise.resolve(),
  });
});
