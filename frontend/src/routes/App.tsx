// The whole: who is there, what they may see, and which page the address asks for.

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Redirect, Route, Switch, useSearchParams } from "wouter";
import { Failure, Forbidden } from "../api/Failure";
import { late } from "../api/Late";
import { meQuery, typesQuery, useRight } from "../api/client";
import type { Myself, TypeDescriptor } from "../api/generated";
import { SignInPage } from "../auth/SignInPage";
import { keepMyself } from "../auth/keep-myself";
import { type Claims, session } from "../auth/session";
import { useStore } from "../lib/store";
import { texts } from "../lib/texts";
import { PeoplePage } from "../people/PeoplePage";
import { asTable } from "../records/LayoutSwitch";
import { ListPage } from "../records/ListPage";
import { RecordPage } from "../records/RecordPage";
import { tasksOf } from "../records/descriptor";
import { NotFound } from "../ui/NotFound";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { Shell } from "./Shell";

/** Pages that few people need are loaded when somebody opens them. */
const AuditPage = late("audit", async () => (await import("../audit/AuditPage")).AuditPage);
const ExportsPage = late("exports", async () => (await import("../audit/ExportsPage")).ExportsPage);
const OperationsPages = late("operations", async () => (await import("../operations/OperationsPages")).OperationsPages);
const ComparePage = late("compare", async () => (await import("../records/ComparePage")).ComparePage);

const ImportPage = late("import", async () => (await import("../imports/ImportPage")).ImportPage);
const TasksPage = late("tasks", async () => (await import("../tasks/TasksPage")).TasksPage);

/** The application. */
export function App() {
  const now = useStore(session);
  return now.phase === "signed-in" ? <SignedIn claims={now.claims} /> : <SignInPage session={now} />;
}

function SignedIn({ claims }: { claims: Claims }) {
  const me = useQuery(meQuery);
  const types = useQuery(typesQuery);
  const kept = me.data;
  useEffect(() => {
    // That a name could not be kept hinders nobody; the next sign-in tries again.
    if (kept) keepMyself(kept, claims).catch(() => {});
    // Once for each sign-in, not for each reading.
  }, [kept === undefined, claims]);
  const failed = [me, types].find((query) => query.isError && !query.data);
  const retry = () => {
    void me.refetch();
    void types.refetch();
  };
  return (
    <Shell claims={claims} me={kept} types={types.data ?? []}>
      {failed && <Page title={texts.product}><Failure error={failed.error} retry={retry} /></Page>}
      {!failed && (!kept || !types.data) && <Skeleton lines={8} />}
      {kept && types.data && <Pages me={kept} types={types.data} />}
    </Shell>
  );
}

function Pages({ me, types }: { me: Myself; types: readonly TypeDescriptor[] }) {
  return (
    <Switch>
      <Route path="/"><Home types={types} /></Route>
      <Route path="/signed-in"><Redirect to="/" replace /></Route>
      <Route path="/r/:plural">
        {({ plural }) => <OfType types={types} plural={plural}>{(type) => <AListPage key={plural} type={type} />}</OfType>}
      </Route>
      <Route path="/r/:plural/:id">
        {({ plural, id }) => <OfType types={types} plural={plural}>{(type) => <RecordPage key={`${plural}/${id}`} type={type} id={id} />}</OfType>}
      </Route>
      <Route path="/r/:plural/:id/compare">
        {({ plural, id }) => <OfType types={types} plural={plural}>{(type) => <ComparePage key={`${plural}/${id}`} type={type} id={id} />}</OfType>}
      </Route>
      <Route path="/import/:plural">
        {({ plural }) => <OfType types={types} plural={plural}>{(type) => <ImportPage key={plural} type={type} />}</OfType>}
      </Route>
      <Route path="/admin/people"><PeoplePage me={me} /></Route>
      <Route path="/audit"><AuditPage me={me} types={types} /></Route>
      <Route path="/operations/*?"><OperationsPages me={me} types={types} /></Route>
      <Route path="/audit/exports"><ExportsPage me={me} types={types} /></Route>
      <Route><NotFound title={texts.failure.notFound} /></Route>
    </Switch>
  );
}

/** The list of a type; of things to be done by the day on which they are due, unless the table is asked for. */
function AListPage({ type }: { type: TypeDescriptor }) {
  const [params] = useSearchParams();
  const tasks = tasksOf(type);
  return tasks && !asTable(type, params) ? <TasksPage type={type} tasks={tasks} /> : <ListPage type={type} />;
}

/** A page of a record type, for those who may read. */
function OfType({ types, plural, children }: {
  types: readonly TypeDescriptor[];
  plural: string;
  children: (type: TypeDescriptor) => React.ReactNode;
}) {
  const mayRead = useRight("read");
  const type = types.find((candidate) => candidate.plural === plural);
  if (!type) return <NotFound title={texts.failure.notFound} />;
  if (mayRead === false) return <Page title={type.plural_label}><Forbidden right="read" /></Page>;
  return <>{children(type)}</>;
}

/** The start page leads to the first type's list, operators to their desk, or says why there is neither. */
function Home({ types }: { types: readonly TypeDescriptor[] }) {
  const mayRead = useRight("read");
  const mayOperate = useRight("operate");
  const first = types[0];
  if (mayRead === false && mayOperate) return <Redirect to="/operations" replace />;
  if (mayRead === false) {
    return <Page title={texts.home.title}><Forbidden right="read" /></Page>;
  }
  if (!first) return <Page title={texts.home.nothing}><p>{texts.home.nothingHint}</p></Page>;
  return <Redirect to={`/r/${first.plural}`} replace />;
}
