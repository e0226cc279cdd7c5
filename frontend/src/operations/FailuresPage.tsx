// What the streams could not deliver: looked at, and driven again.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Failure } from "../api/Failure";
import { count } from "../lib/format";
import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { Skeleton } from "../ui/Skeleton";
import { At } from "../ui/Time";
import { Frame } from "./Frame";
import { ReasonDialog } from "./ReasonDialog";
import { failuresQuery, order } from "./data";
import type { Failed } from "./shapes";
import { words } from "./words";

const page = words.failuresPage;

/** The page. */
export function FailuresPage() {
  const failures = useInfiniteQuery(failuresQuery);
  const [driving, setDriving] = useState<Failed | undefined>(undefined);
  const found = (failures.data?.pages ?? []).flatMap((each) => each.items);
  return (
    <Frame title={words.failures}>
      <div className="page-lead"><p>{page.lead}</p></div>
      {failures.isError && <Failure error={failures.error} right="operate" retry={() => void failures.refetch()} />}
      {failures.isPending && !failures.isError && <Skeleton lines={6} />}
      {failures.data && found.length === 0 && !failures.hasNextPage && (
        <div className="empty">
          <h2>{page.none}</h2>
          <p>{page.noneHint}</p>
        </div>
      )}
      <ol className="ops-groups">{found.map((each) => <li key={each.key}><FailureCard of={each} drive={() => setDriving(each)} /></li>)}</ol>
      {failures.hasNextPage && (
        <p className="list-foot">
          <button type="button" aria-disabled={failures.isFetchingNextPage} onClick={() => void failures.fetchNextPage()}>
            {failures.isFetchingNextPage ? texts.loading : page.more}
          </button>
        </p>
      )}
      {driving && <DriveDialog of={driving} onClose={() => setDriving(undefined)} />}
    </Frame>
  );
}

function FailureCard({ of, drive }: { of: Failed; drive: () => void }) {
  const id = useId();
  return (
    <article className="ops-group" aria-labelledby={id}>
      <div className="ops-head">
        <h2 id={id}>{words.failuresPage.mappings[of.mapping] ?? of.mapping}, <At at={of.at} /></h2>
        {of.driven_at && <span className="badge done">{page.driven} <At at={of.driven_at} /></span>}
        <button type="button" onClick={drive}>{page.drive}</button>
      </div>
      <p className="ops-error">{of.reason}</p>
      <dl className="ops-facts">
        <div><dt>{page.records}</dt><dd>{count(of.records)}</dd></div>
        {of.first_at && of.last_at && <div><dt>{page.span}</dt><dd><At at={of.first_at} /> {page.and} <At at={of.last_at} /></dd></div>}
      </dl>
      <details className="technical">
        <summary>{page.look}</summary>
        <dl>
          <div><dt>{page.key}</dt><dd><code>{of.key}</code></dd></div>
          <div><dt>{page.why}</dt><dd><code>{of.reason}</code></dd></div>
        </dl>
      </details>
    </article>
  );
}

function DriveDialog({ of, onClose }: { of: Failed; onClose: () => void }) {
  const perform = async (reason: string, key: string) => {
    await order("drive_failure", { path: { key: of.key }, body: { reason } }, key);
    announce(page.drove);
    onClose();
  };
  return (
    <ReasonDialog title={page.driveTitle} button={page.driveButton} perform={perform} onClose={onClose}>
      <p>{of.mapping === "publisher" ? page.drivePublisher : page.driveProjector}</p>
    </ReasonDialog>
  );
}
