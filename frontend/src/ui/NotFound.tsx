// What is shown where there is nothing: said calmly, with a way on.

import { Link } from "wouter";
import { texts } from "../lib/texts";
import { Page } from "./Page";

/** The page. */
export function NotFound({ title }: { title: string }) {
  return (
    <Page title={title}>
      <p>{texts.failure.notFoundHint}</p>
      <p><Link href="/">{texts.failure.toStart}</Link></p>
    </Page>
  );
}
