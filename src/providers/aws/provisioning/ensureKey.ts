import { GpuDevError } from "../../../core/error.ts";
import { sentence } from "../../../core/sentence.ts";
import { insist, unlessRefused } from "./insist.ts";
import { createSshKey } from "./keyPair.ts";
import { tagList } from "./launchRequest.ts";
import { STEP, type LaunchRun } from "./run.ts";

/** Makes sure that AWS has the key pair of a launch, and this computer the private half of a new one. */
export async function ensureKey(run: LaunchRun): Promise<void> {
  const { key } = run.spec;
  if (key.kind === "earlier" || run.steps.get(STEP.keyReady) !== undefined) return;
  await run.steps.put(STEP.keyName, key.name);
  await importKey(run, key.kind === "new" ? await savedPublicKey(run) : key.publicKey);
  await run.steps.put(STEP.keyReady, key.name);
}

/** The private half is on the disk before AWS learns of the public one: a machine must never be made that nobody opens. */
async function savedPublicKey({ spec: { key }, steps, keys }: LaunchRun): Promise<string> {
  const earlier = steps.get(STEP.publicKey);
  if (earlier !== undefined) {
    if ((await keys.file(key.name)) !== undefined) return earlier;
    throw new GpuDevError(
      "configuration",
      sentence("The private key {0} is gone. Delete what was made so far, then provision anew.", key.name),
    );
  }
  const { privateKey, publicKey } = createSshKey(key.name);
  await keys.save(key.name, privateKey);
  await steps.put(STEP.publicKey, publicKey);
  return publicKey;
}

/** The name is the operation's own, so that one that AWS has already is this one: of an answer that was lost. */
async function importKey({ clients, spec, signal, wait }: LaunchRun, publicKey: string): Promise<void> {
  const { ImportKeyPairCommand } = await import("../sdk/ec2.ts");
  const command = new ImportKeyPairCommand({
    KeyName: spec.key.name,
    PublicKeyMaterial: Buffer.from(publicKey),
    TagSpecifications: [{ ResourceType: "key-pair", Tags: tagList(spec.tags) }],
  });
  const failure = sentence("The SSH key could not be given to AWS");
  await insist(wait, signal, () =>
    unlessRefused(["InvalidKeyPair.Duplicate"], () => clients.send(clients.ec2, command, { failure }, signal)),
  );
}
