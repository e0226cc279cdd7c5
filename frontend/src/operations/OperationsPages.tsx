// The operator's pages, by their addresses; loaded together when somebody opens the first of them.

import { Redirect, Route, Switch } from "wouter";
import { Forbidden } from "../api/Failure";
import type { Myself, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { NotFound } from "../ui/NotFound";
import { Page } from "../ui/Page";
import { FailuresPage } from "./FailuresPage";
import { OverviewPage } from "./OverviewPage";
import { ParkedPage } from "./ParkedPage";
import { RebuildPage } from "./RebuildPage";
import { RebuildsPage } from "./RebuildsPage";
import { ReplaysPage } from "./ReplaysPage";
import { ViewPage } from "./ViewPage";
import { words } from "./words";
import "./operations.css";

/** The pages, for those who may operate. */
export function OperationsPages({ me, types }: { me: Myself; types: readonly TypeDescriptor[] }) {
  if (!me.rights.includes("operate")) return <Page title={words.title}><Forbidden right="operate" /></Page>;
  return (
    <Switch>
      <Route path="/operations"><OverviewPage /></Route>
      <Route path="/operations/views"><Redirect to="/operations" replace /></Route>
      <Route path="/operations/views/:view">{({ view }) => <ViewPage key={view} name={decoded(view)} types={types} />}</Route>
      <Route path="/operations/rebuilds"><RebuildsPage /></Route>
      <Route path="/operations/rebuilds/:id">{({ id }) => <RebuildPage key={id} id={decoded(id)} />}</Route>
      <Route path="/operations/parked"><ParkedPage /></Route>
      <Route path="/operations/failures"><FailuresPage /></Route>
      <Route path="/operations/replays"><ReplaysPage types={types} /></Route>
      <Route><NotFound title={texts.failure.notFound} /></Route>
    </Switch>
  );
}

/** A part of the path; one that is not encoded as it should be is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
