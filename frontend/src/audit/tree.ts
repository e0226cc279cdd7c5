// What one operation caused, as a tree: each change under the one that caused it.

/** A change and what it caused, in the order in which it was recorded. */
export type Branch<T> = { item: T; caused: Branch<T>[] };

/** What the tree is built from. */
type Caused = { commit_id: string; causation_id?: string };

/**
 * The tree of some changes. What was caused by something that is not among them is a root; so is one
 * change of a circle, which callers can make who name the causes themselves.
 */
export function treeOf<T extends Caused>(items: readonly T[]): Branch<T>[] {
  const branches = new Map(items.map((item) => [item.commit_id, { item, caused: [] as Branch<T>[] }]));
  const roots: Branch<T>[] = [];
  for (const branch of branches.values()) {
    const cause = causeOf(branch.item, branches);
    if (cause && !isWithin(cause, branch)) cause.caused.push(branch);
    else roots.push(branch);
  }
  return roots;
}

/** A cause is a commit, or an event of one: `{commit}.{index}`. */
function causeOf<T extends Caused>(item: T, branches: ReadonlyMap<string, Branch<T>>): Branch<T> | undefined {
  const id = item.causation_id;
  return id === undefined ? undefined : (branches.get(id) ?? branches.get(id.replace(/\.\d+$/, "")));
}

/** Whether a branch is within another one, as far as the tree is built. */
function isWithin<T>(wanted: Branch<T>, branch: Branch<T>): boolean {
  const open = [branch];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next === wanted) return true;
    open.push(...next.caused);
  }
  return false;
}
