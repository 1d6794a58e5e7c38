// What the machine is made with: its system, its disk, and whether it can hibernate.
import type { Option, Question } from "../../../core/provisioning.ts";
import { sentence, type Sentence } from "../../../core/sentence.ts";
import {
  chosenDisk,
  chosenMarket,
  chosenSystem,
  chosenType,
  missing,
  QUESTION,
  wholeNumber,
  type Draft,
} from "./draft.ts";
import { isNvidia, type GpuType } from "./gpuType.ts";
import { misfit, SYSTEMS, type SystemImage, type SystemKind } from "./images.ts";
import { GIBIBYTE_MIB, type QuestionSources } from "./questionSources.ts";

/** Room for an image of containers, an environment of Python and a model. */
const USUAL_DISK_GIB = 100;
/** Of one gp3 volume: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
const LARGEST_DISK_GIB = 16_384;

export async function systemQuestion(draft: Draft, { offer, region }: QuestionSources, signal: AbortSignal) {
  const type = chosenType(draft);
  const images = await offer.images(type.architecture, signal);
  const question: Question = {
    kind: "choice",
    id: QUESTION.system,
    title: sentence("System"),
    none: sentence("There is no image for {0} in {1}.", type.name, region),
    options: SYSTEMS.map((system) => systemOption(system, type, images.get(system.id), region)),
  };
  return question;
}

function systemOption(system: SystemKind, type: GpuType, image: SystemImage | undefined, region: string): Option {
  const refusal = image
    ? misfit(system, type)
    : sentence("AWS has no image of it for {0} in {1}.", type.architecture, region);
  return {
    value: system.id,
    label: system.label,
    description: driverText(system, type),
    ...(image ? { detail: sentence("{0} · {1} GiB", image.imageId, image.sizeGiB) } : {}),
    ...(refusal ? { unavailable: refusal } : {}),
  };
}

function driverText(system: SystemKind, { gpu }: GpuType): Sentence {
  if (system.hasNvidiaDriver) return sentence("with the NVIDIA driver");
  return isNvidia(gpu)
    ? sentence("the NVIDIA driver is installed at the first start, which takes some minutes")
    : sentence("without a driver for its GPUs");
}

/** The image of the chosen system. */
export async function chosenImage(draft: Draft, { offer }: Pick<QuestionSources, "offer">, signal: AbortSignal) {
  const images = await offer.images(chosenType(draft).architecture, signal);
  return images.get(chosenSystem(draft).id) ?? missing(QUESTION.system);
}

export async function diskQuestion(draft: Draft, sources: QuestionSources, signal: AbortSignal): Promise<Question> {
  const type = chosenType(draft);
  const { sizeGiB: smallest } = await chosenImage(draft, sources, signal);
  const usual = type.canHibernate ? sizeWithMemory(smallest, type) : smallest;
  return {
    kind: "text",
    id: QUESTION.disk,
    title: sentence("Disk"),
    prompt: sentence(
      "Size of the encrypted gp3 disk in GiB, at least {0}. It costs money also while the machine is stopped.",
      smallest,
    ),
    value: String(Math.max(USUAL_DISK_GIB, usual)),
    problem: (text) => diskProblem(text, smallest),
  };
}

function diskProblem(text: string, smallest: number): Sentence | undefined {
  const size = wholeNumber(text);
  if (size !== undefined && size >= smallest && size <= LARGEST_DISK_GIB) return undefined;
  return sentence("A whole number from {0} to {1}.", smallest, LARGEST_DISK_GIB);
}

/** A hibernated machine writes its memory to the disk, beside what the image needs. */
function sizeWithMemory(imageGiB: number, { memoryMiB }: GpuType): number {
  return imageGiB + Math.ceil(memoryMiB / GIBIBYTE_MIB);
}

/** Undefined where it is impossible: it can be asked for at the launch only, and never of a Spot machine. */
export async function hibernationQuestion(draft: Draft, sources: QuestionSources, signal: AbortSignal) {
  const type = chosenType(draft);
  if (!type.canHibernate || chosenMarket(draft) === "spot") return undefined;
  const needed = sizeWithMemory((await chosenImage(draft, sources, signal)).sizeGiB, type);
  const question: Question = {
    kind: "choice",
    id: QUESTION.hibernation,
    title: sentence("Hibernation"),
    none: sentence("It cannot be chosen."),
    options: [
      {
        value: "yes",
        label: sentence("Can be hibernated"),
        description: sentence("Pause keeps its memory"),
        ...(chosenDisk(draft) < needed
          ? { unavailable: sentence("Its memory needs a disk of at least {0} GiB.", needed) }
          : {}),
      },
      { value: "no", label: sentence("Cannot be hibernated"), description: sentence("Pause stops it") },
    ],
  };
  return question;
}
