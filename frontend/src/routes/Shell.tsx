// What stands around every page: the rail with record types, the user menu, what is said aloud.

import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { Link, useLocation } from "wouter";
import type { Myself, TypeDescriptor } from "../api/generated";
import type { Claims } from "../auth/session";
import { texts } from "../lib/texts";
import { Messages } from "../ui/Messages";
import { Notice } from "../ui/Notice";
import { UserMenu } from "./UserMenu";

/** The frame of the application. */
export function Shell({ claims, me, types, children }: {
  claims: Claims;
  me: Myself | undefined;
  types: readonly TypeDescriptor[];
  children: ReactNode;
}) {
  const [path] = useLocation();
  const [open, setOpen] = useState(false);
  const online = useOnline();
  useEffect(() => setOpen(false), [path]);
  const mayRead = me?.rights.includes("read") === true;
  const mayAudit = me?.rights.includes("audit") === true;
  const mayOperate = me?.rights.includes("operate") === true;
  const mayAdminister = me?.rights.includes("administer") === true;
  return (
    <div className="shell">
      <a className="skip" href="#content" onClick={toContent}>{texts.shell.skip}</a>
      <header className="top">
        <button type="button" className="menu-button" aria-expanded={open} aria-controls="rail" onClick={() => setOpen(!open)}>
          {texts.shell.menu}
        </button>
        <Brand />
      </header>
      <nav
        id="rail"
        aria-label={texts.shell.records}
        className={open ? "rail open" : "rail"}
        onKeyDown={(event) => {
          // Escape closes what is innermost: the user menu first.
          if (event.key === "Escape" && !document.querySelector(":popover-open")) setOpen(false);
        }}
      >
        <Brand />
        <ul className="rail-links">
          {mayRead && types.map((type) => (
            <RailLink key={type.plural} href={`/r/${type.plural}`} path={path}>{type.plural_label}</RailLink>
          ))}
          {mayAudit && <RailLink href="/audit" path={path} apart>{texts.shell.audit}</RailLink>}
          {mayOperate && <RailLink href="/operations" path={path} apart={mayRead && !mayAudit}>{texts.shell.operations}</RailLink>}
          {mayAdminister && <RailLink href="/admin/people" path={path} apart={!mayAudit && !mayOperate}>{texts.shell.people}</RailLink>}
        </ul>
        <UserMenu claims={claims} me={me} />
      </nav>
      <main id="content" className="content" tabIndex={-1}>
        {!online && <Notice tone="warning"><p>{texts.failure.offline}</p></Notice>}
        {children}
      </main>
      <Messages />
    </div>
  );
}

function Brand() {
  return <Link href="/" className="brand"><img src="/favicon.svg" alt="" width="24" height="24" /> {texts.product}</Link>;
}

function RailLink({ href, path, apart = false, children }: { href: string; path: string; apart?: boolean; children: ReactNode }) {
  const within = path === href || path.startsWith(`${href}/`);
  return (
    <li className={apart ? "apart" : undefined}>
      <Link href={href} aria-current={within ? (path === href ? "page" : "true") : undefined}>{children}</Link>
    </li>
  );
}

/** Goes to the content without changing the address, which says what is shown. */
function toContent(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function useOnline(): boolean {
  return useSyncExternalStore(watchOnline, () => navigator.onLine);
}

function watchOnline(watcher: () => void): () => void {
  addEventListener("online", watcher);
  addEventListener("offline", watcher);
  return () => {
    removeEventListener("online", watcher);
    removeEventListener("offline", watcher);
  };
}
