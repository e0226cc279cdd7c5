// The operator's first page: what is alarming, whether the log is open, and a card for each view.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Failure } from "../api/Failure";
import { Skeleton } from "../ui/Skeleton";
import { Alarms } from "./Alarms";
import { Frame } from "./Frame";
import { LogCard } from "./LogCard";
import { ReconcileDialog } from "./ReconcileDialog";
import { ViewCard } from "./ViewCard";
import { viewsQuery } from "./data";
import { words } from "./words";

/** The page. */
export function OverviewPage() {
  const views = useQuery(viewsQuery);
  const [reconciling, setReconciling] = useState(false);
  const beside = (
    <div className="actions">
      <button type="button" onClick={() => setReconciling(true)}>{words.reconcile.open}</button>
    </div>
  );
  return (
    <Frame title={words.title} beside={beside}>
      <LogCard />
      <Alarms />
      <section aria-labelledby="views">
        <h2 id="views" className="visually-hidden">{words.overview}</h2>
        {views.isError && <Failure error={views.error} title={words.view.failed} right="operate" retry={() => void views.refetch()} />}
        {views.isPending && !views.isError && <Skeleton lines={8} />}
        {views.data?.items.length === 0 && (
          <div className="empty">
            <h3>{words.view.none}</h3>
            <p>{words.view.noneHint}</p>
          </div>
        )}
        <ul className="ops-cards">
          {views.data?.items.map((view) => <li key={view.view}><ViewCard view={view} readings={views.data.readings[view.view] ?? []} /></li>)}
        </ul>
        {views.data && views.data.items.length > 0 && <p className="muted ops-every">{words.every}</p>}
      </section>
      {reconciling && <ReconcileDialog onClose={() => setReconciling(false)} />}
    </Frame>
  );
}
