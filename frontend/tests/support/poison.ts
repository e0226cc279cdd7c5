// A commit that no build can fold, and the same commit mended: as a fault of ours would leave it, and as a fix would.

import { execFileSync } from "node:child_process";

// The newest commit of a record has no successor whose chain would break: nothing but its event is wrong.
const SCRIPT = `
import sqlite3, sys
folder, record, before, after = sys.argv[1:]
database = sqlite3.connect(folder + "/annals.db")
rows = database.execute('SELECT sk, item_json FROM "annals-events" WHERE pk = ? ORDER BY CAST(substr(sk, 3) AS REAL), sk', ("S:" + record,)).fetchall()
newest = rows[-1][1] if rows else ""
if newest.count(before) != 1:
    sys.exit(f"{before} is {newest.count(before)} times in the newest of {len(rows)} commits")
database.execute('UPDATE "annals-events" SET item_json = ? WHERE pk = ? AND sk = ?', (newest.replace(before, after), "S:" + record, rows[-1][0]))
like = "%" + record + "%"
database.execute("""UPDATE _stream_records SET new_image = replace(new_image, ?, ?) WHERE table_name = 'annals-events' AND new_image LIKE ?
    AND id = (SELECT max(id) FROM _stream_records WHERE table_name = 'annals-events' AND new_image LIKE ?)""", (before, after, like, like))
database.execute('UPDATE "annals-events::gsi::feed" SET item_json = replace(item_json, ?, ?) WHERE table_pk = ? AND table_sk = ?', (before, after, "S:" + record, rows[-1][0]))
database.commit()
`;

/** The member of an event that a build needs, and one that it does not know. */
const NEEDED = '\\"personal\\"';
const UNKNOWN = '\\"impersonal\\"';

/** Makes the newest commit of a record (`t.demo#customer#lily`) one that cannot be folded, in a folder that nobody uses. */
export function poison(folder: string, record: string): void {
  execFileSync("python3", ["-c", SCRIPT, folder, record, NEEDED, UNKNOWN]);
}

/** Makes it as it was. */
export function mend(folder: string, record: string): void {
  execFileSync("python3", ["-c", SCRIPT, folder, record, UNKNOWN, NEEDED]);
}
