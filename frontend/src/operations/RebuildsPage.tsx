// What was started for all views, newest first.

import { Frame } from "./Frame";
import { RebuildList } from "./RebuildList";
import { words } from "./words";

/** The page. */
export function RebuildsPage() {
  return (
    <Frame title={words.rebuilds}>
      <div className="page-lead"><p>{words.history.allLead}</p></div>
      <RebuildList />
    </Frame>
  );
}
