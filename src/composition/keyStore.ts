import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import type * as vscode from "vscode";
import { accountHome } from "../files/accountHome.ts";
import { readIfPresent, replaceFile } from "../files/atomicFile.ts";
import { makePrivateFolder } from "../files/privateFolder.ts";
import type { KeyStore } from "../providers/aws/provisioning/dependencies.ts";
import { ownSshFolder } from "./sshFiles.ts";

/** A private key is a file of at most some kilobytes. */
const NAME = /^[a-z0-9-]{1,64}$/;

/**
 * Private keys of machines made here: in the editor's SecretStorage, and as files of mode 0600, because `ssh` reads
 * files. A file that is gone is written again from the SecretStorage.
 */
export function createKeyStore(secrets: vscode.SecretStorage): KeyStore {
  const folder = path.join(ownSshFolder(), "keys");
  const fileOf = (name: string): string => {
    if (!NAME.test(name)) throw new Error(`${name} is no name of a key.`); // made from ids of ours only
    return path.join(folder, name);
  };
  const write = async (name: string, privateKey: string): Promise<string> => {
    const file = fileOf(name);
    await makePrivateFolder(folder);
    await replaceFile(file, Buffer.from(privateKey), { mode: 0o600 });
    return file;
  };
  return {
    save: async (name, privateKey) => {
      await secrets.store(secretOf(name), privateKey);
      return write(name, privateKey);
    },
    file: async (name) => {
      if (!NAME.test(name)) return undefined;
      if (await readIfPresent(fileOf(name))) return fileOf(name);
      const kept = await secrets.get(secretOf(name));
      return kept === undefined ? undefined : write(name, kept);
    },
    remove: async (name) => {
      if (!NAME.test(name)) return; // none of ours
      await secrets.delete(secretOf(name));
      await rm(fileOf(name), { force: true });
    },
    publicKeys: readPublicKeys,
  };
}

function secretOf(name: string): string {
  return `sshKey/${name}`;
}

async function readPublicKeys(): Promise<readonly { readonly file: string; readonly publicKey: string }[]> {
  const folder = path.join(accountHome(), ".ssh");
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(".pub")).map((name) => path.join(folder, name));
  const keys = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(file, "utf8").catch(() => "") })),
  );
  return keys.flatMap(({ file, text }) => {
    const line = text.trim();
    return line === "" || line.includes("\n") ? [] : [{ file, publicKey: line }];
  });
}
