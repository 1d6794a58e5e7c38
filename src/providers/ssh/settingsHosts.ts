import { isIP } from "node:net";
import * as v from "valibot";
import { isAccountName } from "../../core/accountName.ts";

/** One host of the setting `gpuDev.ssh.hosts`, validated. */
export interface SettingsHost {
  readonly name: string;
  readonly hostName: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFile?: string;
  readonly proxyJump?: string;
  readonly forwardAgent?: boolean;
}

const user = v.pipe(v.string(), v.check(isAccountName));
const hostName = v.pipe(v.string(), v.check(isHostName));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const path = v.pipe(v.string(), v.minLength(1), v.regex(/^[^\n\r\0"]+$/));

/** A jump host begins with a letter or digit, so that none can pass for an option of ssh. */
const proxyJump = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_][A-Za-z0-9_.+@:,[\]-]*$/));

const hostObject = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  hostName,
  port: v.exactOptional(port),
  user: v.exactOptional(user),
  identityFile: v.exactOptional(path),
  proxyJump: v.exactOptional(proxyJump),
  forwardAgent: v.exactOptional(v.boolean()),
});

/** The host an entry of the setting stands for; undefined when it has another form than the setting describes. */
export function parseSettingsHost(entry: unknown): SettingsHost | undefined {
  const candidate = typeof entry === "string" ? fromDestination(entry.trim()) : entry;
  const result = v.safeParse(hostObject, candidate);
  return result.success ? result.output : undefined;
}

/** `user@host:port`, `CORP\jane@[::1]:22`, `jane@corp.example.com@host`, `host`: as people write a destination. */
function fromDestination(text: string): unknown {
  const parts =
    /^(?:(?<user>.+)@)?(?:\[(?<v6>[^\]]+)\]|(?<host>[^:@[\]]+)|(?<bare>[0-9a-fA-F:]{3,}))(?::(?<port>\d{1,5}))?$/.exec(
      text,
    );
  const groups = parts?.groups;
  if (!groups) return undefined;
  return {
    name: text,
    hostName: groups["v6"] ?? groups["host"] ?? groups["bare"],
    ...(groups["user"] === undefined ? {} : { user: groups["user"] }),
    ...(groups["port"] === undefined ? {} : { port: Number(groups["port"]) }),
  };
}

function isHostName(text: string): boolean {
  return (
    isIP(text) !== 0 ||
    (text.length <= 253 &&
      /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$/.test(text))
  );
}
