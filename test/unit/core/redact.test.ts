import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/core/redact.ts";

const BASE64 = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";

/** 25 secrets as they turn up in logs. Each has CANARY where the part is that may not be seen. */
const CANARIES: Readonly<Record<string, string>> = {
  "a bearer token": "Authorization: Bearer CANARY.abc-def_123",
  "a bearer token in a sentence": "sent bearer CANARY1234567890 to the API",
  "a basic header in JSON": '{"authorization":"Basic CANARYOnBhc3N3b3Jk"}',
  "a bare authorization header": "authorization=CANARY1234",
  "an AWS key id": "using AKIACANARY1234567890 now",
  "a temporary AWS key id": "ASIACANARY1234567890",
  "an AWS secret key": "aws_secret_access_key = CANARYrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE",
  "an AWS session token": "AWS_SESSION_TOKEN=CANARYIQoJb3JpZ2luX2VjEA//////////",
  "a shared access signature": "https://a.blob.core.windows.net/c?sv=2024&sig=CANARY%2Babc%3D&se=2026",
  "an Azure storage key": "DefaultEndpointsProtocol=https;AccountKey=CANARYabc/def==;EndpointSuffix=core",
  "a client secret": '{"client_secret": "CANARY~8Q with space", "ok": 1}',
  "a JSON web token": "got eyJhbGciOiJSUzI1NiJ9CANARY.eyJzdWIiOiIxIn0.c2lnbmF0dXJl here",
  "a PEM key": `-----BEGIN RSA PRIVATE KEY-----\nCANARY${BASE64}\n-----END RSA PRIVATE KEY-----`,
  "a PEM key on one line": `key: "-----BEGIN PRIVATE KEY-----\\nCANARY${BASE64}\\n-----END PRIVATE KEY-----\\n"`,
  "a PEM key that is cut off": `-----BEGIN EC PRIVATE KEY-----\nCANARY${BASE64}`,
  "an OpenSSH key": `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjECANARY\n-----END OPENSSH PRIVATE KEY-----`,
  "an OpenSSH key without its first line": `b3BlbnNzaC1rZXktdjEAAAAABG5vbmU\nCANARYAAAAABAAAAMwAAAAtzc2gtZWQy\n`,
  "a kubeconfig token": "    token: CANARYsha256~abcdef",
  "a kubeconfig client key": "    client-key-data: CANARYLS0tLS1CRUdJTiBSU0E",
  "a password in a URL": "cloning https://me:CANARYpass%21@git.example.com/x.git",
  "a password in an environment": "PGPASSWORD=x password=CANARYhunter2 ok",
  "a quoted password with a quote in it": String.raw`{"password":"a\"CANARY"}`,
  "a passphrase in JSON inside JSON": String.raw`{"body":"{\"passphrase\":\"CANARY words here\"}"}`,
  "a GitHub token": "remote: ghp_CANARY1234567890abcdefghij",
  "an NGC key": "docker login nvapi-CANARY1234567890abcdefghij",
};

describe("the redactor", () => {
  it("is tried on 25 kinds of secrets", () => {
    expect(Object.keys(CANARIES)).toHaveLength(25);
  });

  it.each(Object.entries(CANARIES))("masks %s by its form", (_, text) => {
    const masked = createRedactor().redact(`before\n${text}\nafter`);
    expect(masked).not.toContain("CANARY");
    expect(masked).toMatch(/^before\n[\s\S]*\*\*\*/);
  });

  it("keeps what is around a secret, so that a log can still be read", () => {
    const redactor = createRedactor();
    expect(redactor.redact("GET https://x/c?sv=1&sig=abc%3D&se=2 200")).toBe("GET https://x/c?sv=1&sig=***&se=2 200");
    expect(redactor.redact('{"password":"a b","user":"me"}')).toBe('{"password":"***","user":"me"}');
    expect(redactor.redact("https://me:secret@host/path")).toBe("https://me:***@host/path");
    expect(redactor.redact("a -----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY----- b")).toBe("a *** b");
  });

  it.each([
    "Connecting to dev@10.0.0.1:22 through https://proxy:8080/a@b",
    "GPU 0: NVIDIA H100 80GB HBM3, 61 %, token ring, 3 tokens left",
    "ssh -G -F /home/me/.ssh/config -- box-1",
    "ecdsa-sha2-nistp256 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEF",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
  ])("leaves ordinary text alone: %s", (text) => {
    expect(createRedactor().redact(text)).toBe(text);
  });

  it("masks a known secret as it is, in JSON and in a URL, also where one contains another", () => {
    const redactor = createRedactor();
    redactor.add('pa"ss wörd');
    redactor.add("hunter22");
    redactor.add("hunter2");
    redactor.add("me"); // too short to be masked everywhere
    const text = `${JSON.stringify({ x: 'pa"ss wörd' })} ?q=${encodeURIComponent('pa"ss wörd')} hunter22 some`;
    expect(redactor.redact(text)).toBe('{"x":"***"} ?q=*** *** some');
  });

  it("never lets a known secret through, whatever surrounds it", () => {
    const secrets = fc
      .string({ unit: "binary", minLength: 8, maxLength: 40 })
      .filter((secret) => !secret.includes("***"));
    const property = fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
      const redactor = createRedactor();
      redactor.add(secret);
      return !redactor.redact(before + secret + after).includes(secret);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("is done with a megabyte of anything in little time", () => {
    const pieces = [
      "eyJ",
      "eyJ-",
      "eyJaaaaaa.",
      "password",
      "password=",
      'password:"\\',
      "token=token=",
      "bearer ",
      "authorization ",
      "-----BEGIN ",
      "-----BEGIN A PRIVATE KEY-----",
      "a://",
      "a://b:",
      "https://a:b",
      "sig=",
      "AKIA",
      "ghp_",
      "nvapi-",
      "b3BlbnNzaC1rZXktdjE",
      "b3BlbnNzaC1rZXktdjE\n",
      "\\",
      '"',
      " ",
      "a",
      "client_secret : '",
      "secret_access_",
    ];
    const redactor = createRedactor();
    for (const piece of pieces) {
      const begun = performance.now();
      redactor.redact(piece.repeat(Math.ceil(1_000_000 / piece.length)));
      expect(performance.now() - begun, piece).toBeLessThan(1_000);
    }
  });
});
