import type { Option, Question } from "../../../core/provisioning.ts";
import { sentence } from "../../../core/sentence.ts";
import { missing, QUESTION, type Draft } from "./draft.ts";
import { isPublicKey } from "./keyPair.ts";
import type { LaunchSpec } from "./launchSpec.ts";
import type { QuestionSources } from "./questionSources.ts";

const NEW = "new";
const EARLIER = "earlier:";
const FILE = "file:";

/** A key made for the machine, one that was made for an earlier one, or one that the user has besides. */
export async function keyQuestion({ keys, offer }: QuestionSources, signal: AbortSignal): Promise<Question> {
  const earlier = await offer.keyPairs(signal);
  const own = (await keys.publicKeys()).filter(({ publicKey }) => isPublicKey(publicKey));
  return {
    kind: "choice",
    id: QUESTION.key,
    title: sentence("SSH key"),
    none: sentence("There is no key."),
    options: [
      { value: NEW, label: sentence("New key"), description: sentence("for this machine, kept on this computer only") },
      ...own.map(({ file }): Option => ({ value: `${FILE}${file}`, label: file })),
      ...(await usable(earlier, keys)).map((name): Option => ({
        value: `${EARLIER}${name}`,
        label: name,
        description: sentence("made for an earlier machine"),
      })),
    ],
  };
}

/** Those whose private half is on this computer. */
async function usable(names: readonly string[], keys: QuestionSources["keys"]): Promise<readonly string[]> {
  const files = await Promise.all(names.map((name) => keys.file(name)));
  return names.filter((_name, index) => files[index] !== undefined);
}

/** `name`: of the key pair to be, where a new one is needed. */
export async function chosenKey(
  { answers }: Draft,
  name: string,
  { keys }: Pick<QuestionSources, "keys">,
): Promise<LaunchSpec["key"]> {
  const answer = answers[QUESTION.key] ?? missing(QUESTION.key);
  if (answer === NEW) return { kind: "new", name };
  if (answer.startsWith(EARLIER)) return { kind: "earlier", name: answer.slice(EARLIER.length) };
  const file = answer.slice(FILE.length);
  const publicKey = (await keys.publicKeys()).find((own) => own.file === file)?.publicKey;
  return { kind: "imported", name, publicKey: publicKey ?? missing(QUESTION.key) };
}
