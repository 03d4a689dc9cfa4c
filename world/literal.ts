/**
 * Text that Terraform must take as it is: `${` and `%{` would begin a template (Terraform language, string templates).
 */
export function literal(text: string): string {
	return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** The text behind a {@link literal}, as it will be in the cluster. */
export function fromLiteral(value: string): string {
	return value.replace(/([$%])\1(?=\{)/g, "$1");
}
