// The keys of a page, and the dialog that tells of them.

import { useEffect, useRef, useState } from "react";
import { message } from "../lib/live";
import { type Shortcut, focusedRow, isForThePage, setShortcutsOn, shortcutsOn, stepRow } from "../lib/shortcuts";
import { useStore } from "../lib/store";
import { texts } from "../lib/texts";
import { Dialog } from "./Dialog";

/** What every page with rows offers: to go through them, and to take the last thing back. */
const ALWAYS: readonly Shortcut[] = [
  { key: "j", label: texts.keys.next, perform: () => stepRow(1) },
  { key: "k", label: texts.keys.before, perform: () => stepRow(-1) },
  { key: "z", label: texts.keys.undo, perform: undo },
];

/** Listens to the keys as long as it is drawn, and shows a button that tells of them, as `?` does. */
export function Shortcuts({ keys }: { keys: readonly Shortcut[] }) {
  const [asked, setAsked] = useState(false);
  const on = useStore(shortcutsOn);
  const all = [...ALWAYS, ...keys];
  // What a key does is made anew at each drawing; the listener stays.
  const now = useRef(all);
  now.current = all;
  useEffect(() => {
    if (!on) return undefined;
    const pressed = (event: KeyboardEvent) => {
      if (!isForThePage(event)) return;
      if (event.key === "?") setAsked(true);
      else {
        const found = now.current.find(({ key }) => key === event.key);
        if (!found) return;
        found.perform(focusedRow());
      }
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [on]);
  return (
    <>
      <button type="button" className="quiet keys-button" onClick={() => setAsked(true)}>{texts.keys.title}</button>
      {asked && (
        <Dialog title={texts.keys.title} onClose={() => setAsked(false)}>
          <dl className="keys">
            {[...all, { key: "Enter", label: texts.keys.open }, { key: "?", label: texts.keys.help }].map(({ key, label }) => (
              <div key={key}><dt><kbd>{key}</kbd></dt><dd>{label}</dd></div>
            ))}
          </dl>
          <label className="box"><input type="checkbox" checked={on} onChange={(event) => setShortcutsOn(event.target.checked)} /> {texts.keys.on}</label>
          <div className="dialog-foot"><button type="button" onClick={() => setAsked(false)}>{texts.close}</button></div>
        </Dialog>
      )}
    </>
  );
}

/** Takes back what was just said to be done, where that is offered. */
function undo(): void {
  const said = message.get();
  if (!said?.action) return;
  message.set(undefined);
  said.action.perform();
}
