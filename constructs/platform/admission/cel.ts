/** Text in CEL. */
export const text = (value: string) => `'${value}'`;

/** A list of texts in CEL. */
export const list = (values: readonly string[]) => `[${values.map(text).join(", ")}]`;

/** The object that a request is about: of a deletion, the one that goes. It has a name even in a deletion of many. */
export const subject = "(request.operation == 'DELETE' ? oldObject : object)";
