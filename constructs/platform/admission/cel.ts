/** A string literal of CEL. */
export const text = (value: string) => `'${value}'`;

/** A list of string literals of CEL. */
export const list = (values: readonly string[]) => `[${values.map(text).join(", ")}]`;

/** The object of a request; for a deletion, the deleted one. It has a name even in a deletion of a collection. */
export const subject = "(request.operation == 'DELETE' ? oldObject : object)";

/** Whether two maps are equal apart from some keys. */
export function same(now: string, before: string, except: readonly string[]): string {
	const ignored = `key in ${list(except)}`;
	return [
		`dyn(${now}).all(key, ${ignored} || (key in dyn(${before}) && dyn(${now})[key] == dyn(${before})[key]))`,
		`dyn(${before}).all(key, ${ignored} || key in dyn(${now}))`,
	].join(" && ");
}
