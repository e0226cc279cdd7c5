// Which words of a text were removed, kept and added: for long texts, where old beside new says little.

/** A run of words with the same fate. */
export type Run = { kind: "kept" | "removed" | "added"; text: string };

/** Beyond this many pairs of words the comparison would be felt; then old and new are shown whole. */
const PAIRS_MAX = 1_000_000;

/**
 * The difference between two texts, word by word (longest common subsequence). What both begin and end
 * with is set aside first: a word that was changed in a long text is told however long the text is.
 */
export function wordDiff(before: string, after: string): Run[] {
  const [old, now] = [words(before), words(after)];
  const most = Math.min(old.length, now.length);
  let begin = 0;
  while (begin < most && old[begin] === now[begin]) begin += 1;
  let end = 0;
  while (end < most - begin && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  return runs([
    { kind: "kept", text: old.slice(0, begin).join("") },
    ...between(old.slice(begin, old.length - end), now.slice(begin, now.length - end)),
    { kind: "kept", text: old.slice(old.length - end).join("") },
  ]);
}

function between(old: readonly string[], now: readonly string[]): Run[] {
  if (old.length * now.length > PAIRS_MAX) return [{ kind: "removed", text: old.join("") }, { kind: "added", text: now.join("") }];
  const width = now.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: Run[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [left, right] = [old[i], now[j]];
    if (left !== undefined && left === right) {
      found.push({ kind: "kept", text: left });
      i += 1;
      j += 1;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      found.push({ kind: "removed", text: left });
      i += 1;
    } else {
      found.push({ kind: "added", text: right ?? "" });
      j += 1;
    }
  }
  return found;
}

/** Words with the white space that follows them. */
function words(text: string): string[] {
  return text.match(/\s+|[^\s]+\s*/g) ?? [];
}

function runs(found: Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of found) {
    const last = joined.at(-1);
    if (last?.kind === run.kind) last.text += run.text;
    else if (run.text) joined.push({ ...run });
  }
  return joined;
}
