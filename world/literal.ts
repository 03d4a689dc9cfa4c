/** Escapes a text for Terraform, where `${` and `%{` begin a template (Terraform language, string templates). */
export function literal(text: string): string {
	return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** The inverse of {@link literal}: the text as it will be in the cluster. */
export function fromLiteral(value: string): string {
	return value.replace(/([$%])\1(?=\{)/g, "$1");
}
