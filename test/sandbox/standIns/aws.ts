// In place of the `aws` program: connects itself with the SSH server of an instance, told by exactly the command line
// that AWS documents for it, and signs in. Its first argument is the folder that says which instances there are.
import { accessSync, constants, appendFileSync, readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { CALLS, type SessionTargets } from "../sessionManager.ts";
import { NoSession, ssoLogin } from "./ssoLogin.ts";

const [folder = "", ...words] = process.argv.slice(2);
appendFileSync(path.join(folder, CALLS), `${JSON.stringify(words)}\n`);

/** The codes of the real one: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html */
function fail(code: number, message: string): never {
  process.stderr.write(`\n${message}\n`);
  process.exit(code);
}

const [service, command, ...options] = words;
if (service === "sso" && command === "login" && options[0] === "--profile") {
  await ssoLogin(options[1] ?? "").catch((error: unknown) => {
    if (error instanceof NoSession) fail(253, error.message);
    throw error;
  });
  process.exit(0);
}
if (service !== "ssm" || command !== "start-session") fail(252, `aws: error: argument command: Invalid choice`);
const given = new Map<string, string>();
for (let at = 0; at < options.length; at += 2) {
  const [name = "", value] = options.slice(at, at + 2);
  if (!/^--(target|document-name|parameters|region|profile)$/.test(name) || value === undefined || given.has(name)) {
    fail(252, `aws: error: Unknown options: ${name}`);
  }
  given.set(name, value);
}
const port = Number(/^portNumber=(\d+)$/.exec(given.get("--parameters") ?? "")?.[1]);
if (given.get("--document-name") !== "AWS-StartSSHSession" || !Number.isInteger(port)) {
  fail(252, "aws: error: the following arguments are required: --document-name, --parameters");
}

const hasPlugin = (process.env["PATH"] ?? "").split(":").some((each) => {
  try {
    accessSync(path.join(each, "session-manager-plugin"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});
if (!hasPlugin) fail(255, "SessionManagerPlugin is not found. Please refer to SessionManager Documentation.");

const targets = JSON.parse(readFileSync(path.join(folder, "targets.json"), "utf8")) as SessionTargets;
const id = given.get("--target") ?? "";
const target = targets[id];
if (target?.region !== given.get("--region") || target?.profile !== given.get("--profile")) {
  fail(254, `An error occurred (TargetNotConnected) when calling the StartSession operation: ${id} is not connected.`);
}
const socket = net.connect({ host: target?.address ?? "", port, noDelay: true });
socket.on("error", (error) => fail(255, error.message));
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("close", () => process.exit(0));
