// The one live region: what was done is said here, and can be undone for a moment.

import { useEffect } from "react";
import { MESSAGE_MS, message } from "../lib/live";
import { useStore } from "../lib/store";
import { texts } from "../lib/texts";

/** The region; empty as long as there is nothing to say. */
export function Messages() {
  const said = useStore(message);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => message.set(undefined), MESSAGE_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div className="messages" role="status">
      {said && (
        <div className="message">
          <span>{said.text}</span>
          {said.action && (
            <button type="button" className="quiet" onClick={() => { message.set(undefined); said.action?.perform(); }}>
              {said.action.label}
            </button>
          )}
          <button type="button" className="quiet" onClick={() => message.set(undefined)}>{texts.record.dismiss}</button>
        </div>
      )}
    </div>
  );
}
