// A button that opens a small panel: the browser closes it on Escape and on a click elsewhere.

import { type ReactNode, useId } from "react";

/** The button and its panel, which is drawn beside the button where the browser can do that. */
export function Menu({ label, children }: { label: string; children: ReactNode }) {
  const id = useId();
  return (
    <>
      <button type="button" className="menu-opener" popoverTarget={id}>{label}</button>
      <div
        id={id}
        popover="auto"
        className="menu"
        role="group"
        aria-label={label}
        // Who has chosen a link, or has sent a form, is done with it.
        onClick={(event) => { if ((event.target as Element).closest("a")) event.currentTarget.hidePopover(); }}
        onSubmit={(event) => event.currentTarget.hidePopover()}
      >
        {children}
      </div>
    </>
  );
}
