// Copies the address of what is shown.

import { announce } from "../lib/live";
import { texts } from "../lib/texts";

/** The button; forms that are open are no part of what is shown. */
export function CopyLink() {
  const copy = async () => {
    const url = new URL(location.href);
    for (const name of ["new", "edit"]) url.searchParams.delete(name);
    try {
      await navigator.clipboard.writeText(url.href);
      announce(texts.link.copied);
    } catch {
      announce(texts.link.notCopied(url.href));
    }
  };
  return <button type="button" className="quiet" onClick={() => void copy()}>{texts.link.copy}</button>;
}
