import os from "node:os";
import { describe, expect, it } from "vitest";
import { accountUser } from "../../../src/files/accountUser.ts";

/** What Node does for an account that the system's list does not hold, as in a container with an arbitrary user id. */
function nameless(): never {
  throw Object.assign(new Error("A system error occurred: uv_os_get_passwd returned ENOENT"), {
    code: "ERR_SYSTEM_ERROR",
  });
}

describe("the name of the account", () => {
  it("is the one of the system, whatever the environment says", () => {
    expect(accountUser({ USER: "somebody-else" })).toBe(os.userInfo().username);
  });

  it("is taken from the environment where the system has none", () => {
    expect(accountUser({ LOGNAME: "jane", USER: "j" }, nameless)).toBe("jane");
    expect(accountUser({ USER: "jane" }, nameless)).toBe("jane");
    expect(accountUser({ USERNAME: "jane" }, nameless)).toBe("jane");
  });

  it("is empty where nobody knows it, and no error", () => {
    expect(accountUser({}, nameless)).toBe("");
  });
});
