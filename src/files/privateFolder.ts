import { mkdir } from "node:fs/promises";
import { writeError } from "./fileError.ts";

/** Makes a folder for its owner's eyes only (0700), with those above it; one that is there is left as it is. */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw writeError(folder, error);
  }
}
