// Who is in the workspace and what they may do: for administrators.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure, Forbidden } from "../api/Failure";
import { call } from "../api/call";
import { config } from "../api/config";
import type { Myself, PersonRights } from "../api/generated";
import { texts } from "../lib/texts";
import { Notice } from "../ui/Notice";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { AccessDialog } from "./AccessDialog";
import { InviteDialog } from "./InviteDialog";
import { RemoveDialog } from "./RemoveDialog";
import { callName } from "./rights";
import { words } from "./words";

/** Everybody in the workspace, with what they may do. */
export const rightsQuery = queryOptions({
  queryKey: ["rights"],
  queryFn: async ({ signal }): Promise<PersonRights[]> => (await call("list_rights", { signal })).items,
});

type Open = { dialog: "invite" } | { dialog: "change" | "remove"; person: PersonRights };

/** The page. */
export function PeoplePage({ me }: { me: Myself }) {
  const allowed = me.rights.includes("administer");
  const people = useQuery({ ...rightsQuery, enabled: allowed });
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = () => setOpen(undefined);
  if (me.own_workspace) return <Page title={words.title}><Notice tone="info"><p>{words.own}</p></Notice></Page>;
  if (!allowed) return <Page title={words.title}><Forbidden right="administer" /></Page>;
  const invite = (
    <div className="actions">
      <button type="button" className="primary" onClick={() => setOpen({ dialog: "invite" })}>{words.invite}</button>
    </div>
  );
  return (
    <Page title={words.title} beside={invite}>
      <div className="page-lead">
        <p>{words.lead} {words.effect}</p>
        <Mailbox />
      </div>
      {people.isPending && <Skeleton lines={5} />}
      {people.isError && <Failure error={people.error} right="administer" retry={() => void people.refetch()} />}
      {people.data?.length === 0 && <p>{words.nobody}</p>}
      {people.data && people.data.length > 0 && <Table people={people.data} me={me} open={setOpen} />}
      {open?.dialog === "invite" && <InviteDialog onClose={close} />}
      {open?.dialog === "change" && <AccessDialog person={open.person} onClose={close} />}
      {open?.dialog === "remove" && <RemoveDialog person={open.person} onClose={close} />}
    </Page>
  );
}

function Mailbox() {
  const mailbox = config()?.mailbox;
  if (!mailbox) return null;
  return <p className="muted">{words.mailboxHint} <a href={mailbox} target="_blank" rel="noreferrer">{words.mailbox}</a></p>;
}

function Table({ people, me, open }: { people: readonly PersonRights[]; me: Myself; open: (open: Open) => void }) {
  const sorted = [...people].sort((a, b) => callName(a).localeCompare(callName(b)));
  return (
    <div className="table-frame">
      <table className="records" role="table">
        <caption className="visually-hidden">{words.table}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">{words.person}</th>
            <th scope="col" role="columnheader">{words.email}</th>
            <th scope="col" role="columnheader">{words.statusHeading}</th>
            <th scope="col" role="columnheader">{words.access}</th>
            <th scope="col" role="columnheader"><span className="visually-hidden">{texts.record.actions}</span></th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {sorted.map((person) => (
            <tr role="row" key={person.id}>
              <th scope="row" role="rowheader">{callName(person)}{person.id === me.id && <span className="muted"> ({words.you})</span>}</th>
              <td role="cell" data-label={words.email}>{person.email}</td>
              <td role="cell" data-label={words.statusHeading}>
                <span className={`badge ${person.status === "active" ? "begun" : "ended"}`}>{words.statuses[person.status] ?? person.status}</span>
              </td>
              <td role="cell" data-label={words.access}>
                <ul className="tags">{person.groups.map((group) => <li key={group} className="tag">{words.groups[group] ?? group}</li>)}</ul>
              </td>
              <td role="cell">
                <div className="row-actions">
                  <button type="button" aria-label={words.changeOf(callName(person))} onClick={() => open({ dialog: "change", person })}>{words.change}</button>
                  <button type="button" className="danger" aria-label={words.removeOf(callName(person))} onClick={() => open({ dialog: "remove", person })}>{words.remove}</button>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
