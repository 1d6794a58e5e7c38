import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";

/** The error code of a failed system call, e.g. "EACCES". */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** A failed read for the user: "permission" or "storage". Nothing has been changed when it is thrown. */
export function readError(file: string, cause: unknown): GpuDevError {
  const code = systemCode(cause);
  const refused = sentence(
    "{0} could not be read: permission denied. Nothing was changed. Check who owns it and its mode, then try again.",
    file,
  );
  if (isRefusal(code)) return new GpuDevError("permission", refused, { cause });
  const broken = sentence(
    "{0} could not be read ({1}). Nothing was changed. Check the file and its disk, then try again.",
    file,
    code ?? String(cause),
  );
  return new GpuDevError("storage", broken, { cause });
}

/** A failed write for the user: "permission" or "storage". The file is as it was when it is thrown. */
export function writeError(file: string, cause: unknown): GpuDevError {
  if (cause instanceof GpuDevError) return cause;
  const code = systemCode(cause);
  if (isRefusal(code)) {
    const refused = sentence(
      "{0} could not be written: permission denied. It is unchanged. Check who owns it and its folder, then try again.",
      file,
    );
    return new GpuDevError("permission", refused, { cause });
  }
  return new GpuDevError("storage", storageSentence(file, code ?? String(cause)), { cause });
}

function storageSentence(file: string, code: string) {
  if (code === "ENOSPC" || code === "EDQUOT")
    return sentence("{0} could not be written: no space is left. It is unchanged. Free some, then try again.", file);
  if (code === "EROFS")
    return sentence("{0} could not be written: it is on a read-only file system. It is unchanged.", file);
  return sentence("{0} could not be written ({1}). It is unchanged. Check its disk, then try again.", file, code);
}

function isRefusal(code: string | undefined): boolean {
  return code === "EACCES" || code === "EPERM";
}
