// Which columns a list shows, as the URL says it.

import { describe, expect, it } from "vitest";
import type { TypeDescriptor } from "../api/generated";
import { chosenColumns, columnsOf, saidColumns } from "./columns";

const field = (name: string, listed = true) => ({ name, label: name, kind: "line", listed, required: false });
const type = {
  title: "name", keeping: "editors", statuses: [{}, {}], fields: [field("name"), field("email"), field("notes", false), field("city")],
} as unknown as TypeDescriptor;

const chosen = (query: string) => chosenColumns(type, new URLSearchParams(query)).map(({ name }) => name);

describe("a list's columns", () => {
  it("are those that are listed where the URL does not say", () => {
    expect(chosen("")).toEqual(["email", "city", "@status", "@changed"]);
  });

  it("are those of the URL, in the order of the type, and no others", () => {
    expect(chosen("columns=@owner,city,notes,name,nonsense")).toEqual(["city", "@owner"]);
    expect(chosen("columns=@")).toEqual([]);
  });

  it("go into the URL and come back, and the usual ones need no words there", () => {
    const usual = new Set(columnsOf(type).filter((column) => column.usual).map(({ name }) => name));
    expect(saidColumns(type, usual)).toBe("");
    for (const names of [["city"], [], ["email", "city", "@status", "@owner", "@created", "@changed"]]) {
      expect(chosen(`columns=${saidColumns(type, new Set(names))}`)).toEqual(names);
    }
  });
});
