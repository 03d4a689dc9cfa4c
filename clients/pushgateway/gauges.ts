/** A value with its labels; those without a value are left out. */
export interface Sample {
	readonly value: number;
	readonly labels?: Readonly<Record<string, string | undefined>>;
}

/**
 * Gauges in Prometheus' text format, all of them in one text. One without a sample is left out.
 *
 * @param said what each says, by its name
 * @param samples values of each
 */
export function renderGauges<Name extends string>(
	said: Readonly<Record<Name, string>>,
	samples: Readonly<Record<Name, readonly Sample[]>>,
): string {
	return (Object.keys(said) as Name[])
		.filter((name) => samples[name].length > 0)
		.flatMap((name) => [
			`# HELP ${name} ${said[name]}`,
			`# TYPE ${name} gauge`,
			...samples[name].map(({ value, labels = {} }) => `${name}${rendered(labels)} ${value}`),
		])
		.map((line) => `${line}\n`)
		.join("");
}

function rendered(labels: Readonly<Record<string, string | undefined>>): string {
	const pairs = Object.entries(labels).flatMap(([name, value]) => {
		if (value === undefined) return [];
		const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
		return [`${name}="${escaped}"`];
	});
	return pairs.length === 0 ? "" : `{${pairs.join()}}`;
}
