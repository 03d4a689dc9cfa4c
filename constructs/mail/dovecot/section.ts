/** Settings of Dovecot in their order: a value, or a section of further ones. */
export type Section = readonly (readonly [name: string, value: string | number | Section])[];

/** Settings as a file of Dovecot has them, a line each, with a blank line before a section of the outermost level. */
export function renderSection(section: Section, indent = ""): string {
	return section
		.map(([name, value]) => {
			if (typeof value !== "object") return `${indent}${name} = ${value}\n`;
			const inner = renderSection(value, `${indent}  `);
			return `${indent === "" ? "\n" : ""}${indent}${name} {\n${inner}${indent}}\n`;
		})
		.join("");
}
