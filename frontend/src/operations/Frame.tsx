// What stands around each of the operator's pages: the ways to the others, and who may be here at all.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { count } from "../lib/format";
import { texts } from "../lib/texts";
import { Page } from "../ui/Page";
import { viewsQuery } from "./data";
import { words } from "./words";

const SECTIONS = [
  { href: "/operations", label: words.overview },
  { href: "/operations/rebuilds", label: words.rebuilds },
  { href: "/operations/parked", label: words.parked },
  { href: "/operations/failures", label: words.failures },
  { href: "/operations/replays", label: words.replays },
] as const;

/** A step on the way to a page. */
export type Way = { href: string; label: string };

/** The frame; `within` is what the page belongs to, the outermost first. */
export function Frame({ title, within = [], beside, children }: {
  title: string;
  within?: readonly Way[];
  beside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Page title={title} before={<><Sections />{within.length > 0 && <Breadcrumb within={within} title={title} />}</>} beside={beside}>
      {children}
    </Page>
  );
}

function Sections() {
  const [path] = useLocation();
  const views = useQuery(viewsQuery).data?.items ?? [];
  const parked = views.reduce((sum, view) => sum + view.parked, 0);
  return (
    <nav aria-label={words.sections} className="ops-sections">
      <ul>
        {SECTIONS.map(({ href, label }) => (
          <li key={href}>
            <Link href={href} aria-current={path === href ? "page" : undefined}>
              {label}
              {href === "/operations/parked" && parked > 0 && <> <span className="badge warned">{count(parked)}</span></>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Breadcrumb({ within, title }: { within: readonly Way[]; title: string }) {
  return (
    <nav aria-label={texts.record.breadcrumb} className="breadcrumb">
      <ol>
        {within.map(({ href, label }) => <li key={href}><Link href={href}>{label}</Link></li>)}
        <li aria-current="page">{title}</li>
      </ol>
    </nav>
  );
}

/** Where a view is shown. */
export function viewPath(view: string): string {
  return `/operations/views/${encodeURIComponent(view)}`;
}

/** Where a rebuild is shown. */
export function rebuildPath(id: string): string {
  return `/operations/rebuilds/${encodeURIComponent(id)}`;
}
