/** Text in CEL. */
export const text = (value: string) => `'${value}'`;

/** A list of texts in CEL. */
export const list = (values: readonly string[]) => `[${values.map(text).join(", ")}]`;

/** The object that a request is about: of a deletion, the one that goes. It has a name even in a deletion of many. */
export const subject = "(request.operation == 'DELETE' ? oldObject : object)";

/** Whether two maps are the same but for some keys. */
export function same(now: string, before: string, except: readonly string[]): string {
	const ignored = `key in ${list(except)}`;
	return [
		`dyn(${now}).all(key, ${ignored} || (key in dyn(${before}) && dyn(${now})[key] == dyn(${before})[key]))`,
		`dyn(${before}).all(key, ${ignored} || key in dyn(${now}))`,
	].join(" && ");
}
