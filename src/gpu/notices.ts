import { normalBusId } from "./placeholder.ts";

// "…handle for GPU 0000:08:00.0: GPU is lost. …", "…for GPU0000:CB:00.0: Unknown Error" and, from driver 610 on,
// "…for GPU1: 0000:34:00.0: Unknown Error".
const HANDLE = /device handle for GPU ?(?:(\d{1,3}): )?([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]):/i;

/** Which GPU a line of nvidia-smi says it cannot open; undefined for any other line. */
export function unreachableGpu(line: string): { readonly index?: number; readonly busId?: string } | undefined {
  const match = HANDLE.exec(line);
  if (!match) return undefined;
  const [, index, bus = ""] = match;
  const busId = normalBusId(bus);
  return { ...(index === undefined ? {} : { index: Number(index) }), ...(busId === undefined ? {} : { busId }) };
}
