// Sending changes to subscribers again: counted first, then asked, then watched.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useSearchParams } from "wouter";
import { Failure } from "../api/Failure";
import type { TypeDescriptor } from "../api/generated";
import { sentence } from "../lib/format";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { By } from "./By";
import { Frame } from "./Frame";
import { ReasonDialog } from "./ReasonDialog";
import { ReplayForm } from "./ReplayForm";
import { isMoving, order, replaysQuery } from "./data";
import { paramsOf, replayOf } from "./replay";
import type { Replay } from "./shapes";
import { words } from "./words";

const page = words.replaysPage;
const LOOKS: { readonly [state in Replay["state"]]: string } = { counting: "begun", running: "begun", done: "done", failed: "failed", cancelled: "ended" };

/** The page; what is chosen, and its count, are in the URL. */
export function ReplaysPage({ types }: { types: readonly TypeDescriptor[] }) {
  const [params, setParams] = useSearchParams();
  return (
    <Frame title={words.replays}>
      <div className="page-lead"><p>{page.lead}</p></div>
      <ReplayForm
        key={params.get("counted") ?? ""}
        types={types}
        asked={replayOf(params)}
        counted={params.get("counted") ?? undefined}
        choose={(asked, counted) => setParams(paramsOf(asked, counted))}
      />
      <Replays />
    </Frame>
  );
}

function Replays() {
  const replays = useInfiniteQuery(replaysQuery);
  const [cancelling, setCancelling] = useState<Replay | undefined>(undefined);
  const found = (replays.data?.pages ?? []).flatMap((each) => each.items);
  return (
    <section aria-labelledby="replays">
      <h2 id="replays">{page.list}</h2>
      {replays.isError && <Failure error={replays.error} right="operate" retry={() => void replays.refetch()} />}
      {replays.isPending && !replays.isError && <Skeleton lines={5} />}
      {replays.data && found.length === 0 && !replays.hasNextPage && (
        <div className="empty">
          <p><strong>{page.none}</strong></p>
          <p>{page.noneHint}</p>
        </div>
      )}
      <ol className="ops-groups">{found.map((each) => <li key={each.id}><ReplayCard of={each} cancel={() => setCancelling(each)} /></li>)}</ol>
      {replays.hasNextPage && (
        <p className="list-foot">
          <button type="button" aria-disabled={replays.isFetchingNextPage} onClick={() => void replays.fetchNextPage()}>
            {replays.isFetchingNextPage ? texts.loading : page.more}
          </button>
        </p>
      )}
      {cancelling && <CancelDialog of={cancelling} onClose={() => setCancelling(undefined)} />}
    </section>
  );
}

function ReplayCard({ of, cancel }: { of: Replay; cancel: () => void }) {
  const id = useId();
  const counts = of.dry_run ? (isMoving(of) ? page.sofar : page.total)(of.events, of.commits) : page.sent(of.published, of.events);
  return (
    <article className="ops-group" aria-labelledby={id}>
      <div className="ops-head">
        <h3 id={id}>{of.dry_run ? page.dryRun : page.real}, <At at={of.requested_at} /></h3>
        <span className={`badge ${LOOKS[of.state]}`}>{page.states[of.state] ?? of.state}</span>
        {isMoving(of) && <button type="button" className="danger" onClick={cancel}>{page.cancel}</button>}
      </div>
      {of.error && <p role="alert" className="ops-error">{sentence(of.error)}</p>}
      <p>{counts}</p>
      <blockquote className="reason-said">{of.reason}</blockquote>
      {of.requested_by && <p className="muted">{words.by} <By actor={of.requested_by} /></p>}
    </article>
  );
}

function CancelDialog({ of, onClose }: { of: Replay; onClose: () => void }) {
  const perform = async (reason: string, key: string) => {
    await order("cancel_replay", { path: { id: of.id }, body: { reason } }, key);
    announce(page.cancelled);
    onClose();
  };
  return (
    <ReasonDialog title={page.cancelTitle} button={page.cancelButton} cancels perform={perform} onClose={onClose}>
      <p>{page.cancelLead}</p>
    </ReasonDialog>
  );
}
