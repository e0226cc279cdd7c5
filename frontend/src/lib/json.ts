// Comparing JSON values, and telling what of them counts as empty.

/** The fields of something, by name. */
export type Fields = { readonly [name: string]: unknown };

/** Whether a value is an object with named members. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a field with this value is as good as absent. An object is empty when all its members are. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.values(value).every(isEmpty);
}

/** Whether two values say the same; all that is empty is the same. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  if (isFields(a) && isFields(b)) return names(a, b).every((name) => same(a[name], b[name]));
  return false;
}

/** The names of all members of some objects, each once, in order of appearance. */
export function names(...objects: Fields[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}

/** The parts of a JSON Pointer (RFC 6901): `/address/city` has two. */
export function pointerParts(pointer: string): string[] {
  const parts = pointer.split("/").slice(1);
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
