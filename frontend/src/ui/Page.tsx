// A page: its title in the tab, and its heading, which gets the focus when somebody navigates to it.

import { type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { texts } from "../lib/texts";

/** Pages that were opened so far: the first one leaves the focus where the browser puts it. */
let opened = 0;
/** Whether somebody went back or forward: then the browser puts the page where it was. */
let wentBack = false;
addEventListener("popstate", () => {
  wentBack = true;
  setTimeout(() => {
    wentBack = false;
  });
});

/** A page with its heading, what stands beside it, and its content. */
export function Page({ title, before, beside, children }: {
  title: string;
  /** What stands above the heading. */
  before?: ReactNode;
  /** What stands to the right of the heading. */
  beside?: ReactNode;
  children?: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title === texts.product ? title : `${title} · ${texts.product}`;
  }, [title]);
  // Before the browser paints, and while it is known how somebody came here.
  useLayoutEffect(() => {
    opened += 1;
    if (opened > 1) heading.current?.focus({ preventScroll: true });
    if (opened > 1 && !wentBack) scrollTo(0, 0);
  }, []);
  return (
    <>
      {before}
      <header className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {beside}
      </header>
      {children}
    </>
  );
}
