// A modal dialog: the browser keeps the focus inside and gives it back.

import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

/** Where the focus goes first; of radio buttons to the chosen one. */
const FIRST = "input:not([type=radio]), input:checked, select, textarea";

/** A dialog that is open as long as it is drawn. Escape asks to close it, a click beside it does not. */
export function Dialog({ title, wide = false, onClose, children }: {
  title: string;
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Not a notice's link, but what is to be filled in.
    element?.querySelector<HTMLElement>(FIRST)?.focus();
    // Closed before it is taken away, it gives the focus back to where it was.
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? "dialog wide" : "dialog"}
      aria-labelledby={name}
      onCancel={(event) => {
        // Closing a file chooser inside bubbles up as well.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose();
      }}
      onClose={() => {
        // Escape pressed twice closes a dialog whatever the page says: then it is opened again.
        if (dialog.current && !dialog.current.open) dialog.current.showModal();
      }}
    >
      <h2 id={name}>{title}</h2>
      {children}
    </dialog>
  );
}
