import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { noticeFile } from "./box.ts";

const METADATA = "http://169.254.169.254/latest";
const TOKEN = "c2FuZGJveC10b2tlbg==";

/** curl's exit code for an error of HTTP with `-f`. */
const HTTP_ERROR = 22;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * `curl` with the instance metadata service of a Spot instance behind it: PUT of a token, GET of the notice with that
 * token. Everything else is answered by the real curl.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
export async function curl(directory: string, args: readonly string[]): Promise<number> {
  const url = args.find((argument) => argument.startsWith(METADATA));
  if (url === undefined) return realCurl(args);
  const { status, body } = metadata(directory, url.slice(METADATA.length), args);
  if (status >= 400 && args.includes("-f")) return HTTP_ERROR;
  process.stdout.write(body + (valueOf(args, "-w") ?? "").replace("%{http_code}", String(status)));
  return 0;
}

function metadata(directory: string, path: string, args: readonly string[]): Answer {
  if (path === "/api/token") {
    const isAsked = valueOf(args, "-X") === "PUT" && header(args, "X-aws-ec2-metadata-token-ttl-seconds") !== undefined;
    return isAsked ? { status: 200, body: TOKEN } : page(405, "Method Not Allowed");
  }
  if (header(args, "X-aws-ec2-metadata-token") !== TOKEN) return page(401, "Unauthorized");
  const file = noticeFile(directory);
  if (path !== "/meta-data/spot/instance-action" || !existsSync(file)) return page(404, "Not Found");
  return { status: 200, body: readFileSync(file, "utf8") };
}

function page(status: number, title: string): Answer {
  const body = `<?xml version="1.0" encoding="iso-8859-1"?>\n<html>\n <head>\n  <title>${status} - ${title}</title>\n </head>\n</html>\n`;
  return { status, body };
}

function valueOf(args: readonly string[], option: string): string | undefined {
  const index = args.indexOf(option);
  return index < 0 ? undefined : args[index + 1];
}

function header(args: readonly string[], name: string): string | undefined {
  const headers = args.filter((_, index) => args[index - 1] === "-H");
  return headers.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}

function realCurl(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn("/usr/bin/curl", args, { stdio: "inherit" });
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
}
