import { AwsError } from "../awsError.ts";
import { flag, required, texts } from "../wire/parameters.ts";
import type { XmlMembers } from "../wire/xml.ts";
import type { KeyPair } from "../world/model.ts";
import { longId, type RegionWorld } from "../world/region.ts";
import { generateKey, readPublicKey, type KeyMaterial } from "../world/sshKeys.ts";
import type { Ec2Call } from "./call.ts";
import { filterOf } from "./filters.ts";
import { tagSet } from "./instanceXml.ts";
import { named } from "./places.ts";
import { tagsFor } from "./tagSpecifications.ts";

export function importKeyPair(call: Ec2Call): XmlMembers {
  const text = Buffer.from(required(call.parameters, "PublicKeyMaterial"), "base64").toString();
  return shown(add(call, readPublicKey(text)));
}

export function createKeyPair(call: Ec2Call): XmlMembers {
  const type = call.parameters["KeyType"] === "ed25519" ? "ed25519" : "rsa";
  const { privateKey, ...key } = generateKey(type);
  return { ...shown(add(call, key)), keyMaterial: privateKey };
}

function add({ region, parameters }: Ec2Call, material: KeyMaterial): KeyPair {
  const name = required(parameters, "KeyName");
  if ([...region.keyPairs.values()].some((pair) => pair.name === name))
    throw new AwsError("InvalidKeyPair.Duplicate", `The keypair '${name}' already exists`);
  const pair: KeyPair = {
    ...material,
    id: longId(region.cloud, "key"),
    tags: tagsFor(parameters, "key-pair"),
    name,
    createdAt: region.cloud.clock.now(),
  };
  region.keyPairs.set(pair.id, pair);
  return pair;
}

function shown({ id, name, fingerprint, tags }: KeyPair): XmlMembers {
  return { keyPairId: id, keyName: name, keyFingerprint: fingerprint, tagSet: tagSet(tags) };
}

export function describeKeyPairs({ region, parameters }: Ec2Call): XmlMembers {
  const names = texts(parameters, "KeyName");
  const all = named(region.keyPairs, texts(parameters, "KeyPairId"), "InvalidKeyPair.NotFound");
  const absent = names.find((name) => !all.some((pair) => pair.name === name));
  if (absent !== undefined) throw new AwsError("InvalidKeyPair.NotFound", `The key pair '${absent}' does not exist`);
  const passes = filterOf<KeyPair>(parameters, {
    "key-name": ({ name }) => [name],
    "key-pair-id": ({ id }) => [id],
    fingerprint: ({ fingerprint }) => [fingerprint],
  });
  const withKey = flag(parameters, "IncludePublicKey");
  return {
    keySet: all
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .filter(passes)
      .map((pair) => ({
        ...shown(pair),
        keyType: pair.type,
        createTime: new Date(pair.createdAt),
        publicKey: withKey ? pair.publicKey : undefined,
      })),
  };
}

/** Of one that is not there it is a success too. */
export function deleteKeyPair({ region, parameters }: Ec2Call): XmlMembers {
  const found = findPair(region, parameters["KeyPairId"], parameters["KeyName"]);
  if (found) region.keyPairs.delete(found.id);
  return { return: true, keyPairId: found?.id };
}

function findPair({ keyPairs }: RegionWorld, id: string | undefined, name: string | undefined): KeyPair | undefined {
  return [...keyPairs.values()].find((pair) => (id === undefined ? pair.name === name : pair.id === id));
}
