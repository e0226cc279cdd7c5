// One rebuild by its id, live until it has ended.

import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Failure } from "../api/Failure";
import { isMissing } from "../api/client";
import { NotFound } from "../ui/NotFound";
import { Skeleton } from "../ui/Skeleton";
import { Frame, viewPath } from "./Frame";
import { RebuildPanel } from "./RebuildPanel";
import { StateBadge } from "./StateBadge";
import { rebuildQuery } from "./data";
import { nameOf } from "./measure";
import type { Rebuild } from "./shapes";
import { words } from "./words";

const WITHIN = [{ href: "/operations", label: words.title }, { href: "/operations/rebuilds", label: words.rebuilds }];

/** The page. */
export function RebuildPage({ id }: { id: string }) {
  const rebuild = useQuery(rebuildQuery(id));
  if (isMissing(rebuild.error)) return <NotFound title={words.rebuild.missing} />;
  const of = rebuild.data;
  return (
    // Drawn anew with its name, so that the heading gets the focus that belongs to it.
    <Frame key={of ? "known" : "unknown"} title={of ? nameOf(of) : words.rebuilds} within={WITHIN} beside={of && <Beside of={of} />}>
      {rebuild.isError && <Failure error={rebuild.error} title={words.rebuild.failedToTell} right="operate" retry={() => void rebuild.refetch()} />}
      {rebuild.isPending && !rebuild.isError && <Skeleton lines={8} />}
      {of && <RebuildPanel of={of} heading="h2" />}
    </Frame>
  );
}

function Beside({ of }: { of: Rebuild }) {
  return (
    <>
      <p className="ops-badges"><StateBadge of={of} /></p>
      <div className="actions"><Link className="button" href={viewPath(of.view)}>{words.rebuild.toView}</Link></div>
    </>
  );
}
