// Which moment the URL asks for.

import { describe, expect, it } from "vitest";
import { momentOf, namedVersion, validityOf, withMoment } from "./past";

const params = (text: string) => new URLSearchParams(text);

describe("a moment", () => {
  it("is now unless the URL asks for a version or an instant", () => {
    expect(momentOf(params("field=/email"))).toBeUndefined();
    expect(momentOf(params("version=3"))).toEqual({ version: "3" });
    expect(momentOf(params("at=2026-11-24T05:04:46Z"))).toEqual({ at: "2026-11-24T05:04:46Z" });
  });

  it("is one of both: a version is the more exact", () => {
    expect(momentOf(params("version=3&at=2026-11-24T05:04:46Z"))).toEqual({ version: "3" });
  });

  it("replaces the one before and closes the form, and leaves the rest of the URL alone", () => {
    const before = params("field=/email&version=3&edit=");
    expect(withMoment(before, { at: "2026-11-24T05:04:46Z" }).toString()).toBe("field=%2Femail&at=2026-11-24T05%3A04%3A46Z");
    expect(withMoment(before, undefined).toString()).toBe("field=%2Femail");
  });
});

describe("the version of a moment", () => {
  it("is known before it is read, where the URL names one that there is", () => {
    const versions = ["3", "12", "0", "-1", "3.5", "x"].map((version) => namedVersion({ version }, 9));
    expect(versions).toEqual([3, undefined, undefined, undefined, undefined, undefined]);
    expect([namedVersion(undefined, 9), namedVersion({ at: "2026-11-24T05:04:46Z" }, 9)]).toEqual([undefined, undefined]);
  });
});

describe("what a record was at a moment", () => {
  it("tells since and until when it was so", () => {
    expect(validityOf({ valid_from: "a", valid_to: "b" })).toEqual({ from: "a", to: "b", provisional: false });
    expect(validityOf({ valid_from: "a", provisional: true })).toEqual({ from: "a", to: undefined, provisional: true });
  });
});
