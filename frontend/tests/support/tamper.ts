// Changes what is stored behind the service's back, as somebody who gets hold of the table could.

import { execFileSync } from "node:child_process";

// The table and its stream as the embedded database keeps them; Node 20 has no SQLite of its own.
const SCRIPT = `
import sqlite3, sys
folder, before, after = sys.argv[1:]
database = sqlite3.connect(folder + "/annals.db")
like = "%" + before + "%"
stored = database.execute('UPDATE "annals-events" SET item_json = replace(item_json, ?, ?) WHERE item_json LIKE ?', (before, after, like))
told = database.execute("""
    INSERT INTO _stream_records (table_name, event_name, keys_json, new_image, old_image, sequence_number, shard_id, created_at)
    SELECT table_name, 'MODIFY', keys_json, replace(new_image, ?, ?), new_image,
        (SELECT CAST(max(CAST(sequence_number AS INTEGER)) + 1 AS TEXT) FROM _stream_records), shard_id, strftime('%s', 'now')
    FROM _stream_records WHERE table_name = 'annals-events' AND new_image LIKE ? LIMIT 1""", (before, after, like))
if (stored.rowcount, told.rowcount) != (1, 1):
    sys.exit(f"changed {stored.rowcount} commits, told of {told.rowcount}")
database.commit()
`;

/** Changes a text that occurs in one stored commit of a folder that nobody uses; the stream tells of it as it would. */
export function tamper(folder: string, before: string, after: string): void {
  execFileSync("python3", ["-c", SCRIPT, folder, before, after]);
}
