// The exports of the workspace: how far each is, its files, and how it is verified.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Failure, Forbidden } from "../api/Failure";
import type { Myself, TypeDescriptor } from "../api/generated";
import { texts } from "../lib/texts";
import { Page } from "../ui/Page";
import { Skeleton } from "../ui/Skeleton";
import { ExportCard } from "./ExportCard";
import { exportsQuery } from "./data";
import { words } from "./words";
import "./audit.css";

/** The page. */
export function ExportsPage({ me, types }: { me: Myself; types: readonly TypeDescriptor[] }) {
  const allowed = me.rights.includes("audit");
  return (
    <Page title={words.exports} before={<Breadcrumb />}>
      {allowed ? <Exports types={types} /> : <Forbidden right="audit" />}
    </Page>
  );
}

function Breadcrumb() {
  return (
    <nav aria-label={texts.record.breadcrumb} className="breadcrumb">
      <ol>
        <li><Link href="/audit">{words.title}</Link></li>
        <li aria-current="page">{words.exports}</li>
      </ol>
    </nav>
  );
}

function Exports({ types }: { types: readonly TypeDescriptor[] }) {
  const exports = useInfiniteQuery(exportsQuery);
  const found = (exports.data?.pages ?? []).flatMap((page) => page.items);
  return (
    <>
      <div className="page-lead"><p>{words.exportsPage.lead}</p></div>
      {exports.isPending && !exports.isError && <Skeleton lines={6} />}
      {exports.isError && <Failure error={exports.error} right="audit" retry={() => void exports.refetch()} />}
      {exports.data && found.length === 0 && (
        <div className="empty">
          <h2>{words.exportsPage.none}</h2>
          <p>{words.exportsPage.noneHint}</p>
          <p><Link href="/audit">{words.exportsPage.toSearch}</Link></p>
        </div>
      )}
      <ol className="exports">
        {found.map((each) => <li key={each.id}><ExportCard of={each} types={types} /></li>)}
      </ol>
      {exports.hasNextPage && (
        <button type="button" aria-disabled={exports.isFetchingNextPage} onClick={() => void exports.fetchNextPage()}>
          {exports.isFetchingNextPage ? texts.loading : words.exportsPage.more}
        </button>
      )}
      {found.length > 0 && <HowToVerify />}
    </>
  );
}

function HowToVerify() {
  return (
    <section className="audit-verify" aria-labelledby="verify">
      <h2 id="verify">{words.exportsPage.verify}</h2>
      <p>{words.exportsPage.verifyLead}</p>
      <pre tabIndex={0}>{words.exportsPage.verifyCommand}</pre>
      <p className="muted">{words.exportsPage.verifyCsv}</p>
    </section>
  );
}
