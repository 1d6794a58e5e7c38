import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aliasOfAuthority } from "../../../src/ui/sshAuthority.ts";

const inHex = (value: unknown): string => `ssh-remote+${Buffer.from(JSON.stringify(value)).toString("hex")}`;

describe("the authority of a window", () => {
  it("names the alias of an SSH host", () => {
    expect(aliasOfAuthority("ssh-remote+trainer")).toBe("trainer");
    expect(aliasOfAuthority("ssh-remote+dev@10.0.0.1")).toBe("dev@10.0.0.1");
  });

  it("names it also as JSON in hexadecimal digits, with capitals and other alphabets", () => {
    expect(aliasOfAuthority("ssh-remote+7b22686f73744e616d65223a224d79426f78227d")).toBe("MyBox");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.boolean(), (hostName, withUser) => {
        const wellFormed = hostName.toWellFormed();
        const value = withUser ? { hostName: wellFormed, user: "dev", port: 2222 } : { hostName: wellFormed };
        return aliasOfAuthority(inHex(value)) === wellFormed;
      }),
      { numRuns: 100 },
    );
  });

  it("is the alias itself where its digits are no host in JSON", () => {
    for (const alias of ["7b7d", "7b22", "beef", "7bff7d", inHex({ hostName: 7 }).slice("ssh-remote+".length)])
      expect(aliasOfAuthority(`ssh-remote+${alias}`)).toBe(alias);
  });

  it("is no SSH host's for anything else", () => {
    for (const authority of ["", "ssh-remote+", "wsl+ubuntu", "127.0.0.1:8080", "dev-container+7b7d"])
      expect(aliasOfAuthority(authority)).toBeUndefined();
  });
});
