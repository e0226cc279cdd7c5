// Picks another record: type a part of its name, choose one of the latest.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { typesQuery } from "../api/client";
import type { TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { Combobox, type Option, matching } from "../ui/Combobox";
import { useRecordTitle } from "./Names";
import { type Rec, titleOf } from "./descriptor";
import { latestQuery } from "./latest";

/** The picker; `value` is the id of the chosen record, or empty. */
export function RecordPicker({ id, to, label, value, describedBy, invalid, onChange }: {
  id: string;
  to: string;
  label: string;
  value: string;
  describedBy?: string | undefined;
  invalid: boolean;
  onChange: (value: string) => void;
}) {
  const { title } = useRecordTitle(to, value);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const offered = useOptions(to, typed);
  const shared = { id, label, value, title, typed, setTyped, offered, describedBy, invalid, onChange };
  return <Combobox {...shared} none={texts.form.noneFound} />;
}

/** The latest records that what is typed occurs in. */
function useOptions(to: string, typed: string | undefined): Option[] {
  const type = useQuery(typesQuery).data?.find((candidate) => candidate.name === to);
  const plural = type?.plural ?? "";
  const found = useQuery({ ...latestQuery(plural), enabled: type !== undefined && typed !== undefined }).data;
  if (!type || !found) return [];
  return matching(found.map((record) => ({ id: record.id, title: titleOf(type, record), hint: hintOf(type, record) })), typed);
}

/** What tells two records of the same name apart: the next listed line. */
function hintOf(type: TypeDescriptor, record: Rec): string {
  const lines = type.fields.filter((field) => field.listed && field.name !== type.title && ["line", "email"].includes(field.kind));
  const values = lines.map((field) => record[field.name]).filter((value) => typeof value === "string");
  return values.length > 0 ? String(values[0]) : "";
}
