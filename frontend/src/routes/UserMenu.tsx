// Who is signed in, in which workspace, how it looks, and the way out.

import { useId } from "react";
import type { Myself } from "../api/generated";
import { type Claims, signOut } from "../auth/session";
import { timeZone } from "../lib/format";
import { useStore } from "../lib/store";
import { texts } from "../lib/texts";
import { THEMES, setTheme, theme } from "../lib/theme";

/** The menu: a popover, which the browser closes on Escape and on a click elsewhere. */
export function UserMenu({ claims, me }: { claims: Claims; me: Myself | undefined }) {
  const name = useId();
  const chosen = useStore(theme);
  const called = me?.person?.display_name ?? claims.name ?? claims.email ?? claims.sub;
  return (
    <div className="user-menu">
      <button type="button" className="user-button" popoverTarget="user-menu" data-initials={initials(called)}>
        <span className="user-name"><span className="visually-hidden">{texts.shell.account("")}</span>{called}</span>
      </button>
      <div id="user-menu" popover="auto" className="popover" role="group" aria-label={texts.shell.account(called)}>
        <p className="user-about">
          <strong>{called}</strong>
          {claims.email && <span className="muted">{claims.email}</span>}
          {me && <span className="muted">{me.own_workspace ? texts.shell.ownWorkspace : texts.shell.workspace(me.tenant.replace(/^t\./, ""))}</span>}
        </p>
        <fieldset className="theme">
          <legend>{texts.shell.theme}</legend>
          {THEMES.map((each) => (
            <label key={each}>
              <input type="radio" name={name} checked={chosen === each} onChange={() => setTheme(each)} /> {texts.shell.themes[each]}
            </label>
          ))}
        </fieldset>
        <p className="muted">{texts.shell.timeZone(timeZone)}</p>
        <button type="button" onClick={() => void signOut()}>{texts.shell.signOut}</button>
      </div>
    </div>
  );
}

function initials(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter((word) => word !== "");
  return words.slice(0, 2).map((word) => [...word][0] ?? "").join("").toLocaleUpperCase();
}
