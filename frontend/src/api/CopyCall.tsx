// A reading of the API as a command, to be copied into a terminal.

import { announce } from "../lib/live";
import { texts } from "../lib/texts";
import { type Reading, asCurl } from "./curl";

/** The command, with a button that copies it; where nothing may be copied it can be selected. */
export function CopyCall({ reading }: { reading: Reading }) {
  const command = asCurl(location.origin, reading);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      announce(texts.call.copied);
    } catch {
      announce(texts.call.notCopied);
    }
  };
  return (
    <div className="call">
      <pre tabIndex={0} aria-label={texts.call.label}>{command}</pre>
      <button type="button" onClick={() => void copy()}>{texts.call.copy}</button>
    </div>
  );
}
