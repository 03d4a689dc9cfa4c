type Section = Record<string, unknown>;

/** First words of directives that a section takes from `defaults`. */
const inherited: Readonly<Record<string, readonly string[]>> = {
	frontend: ["mode", "log", "timeout client"],
	backend: [
		"mode",
		"log",
		"timeout connect",
		"timeout server",
		"timeout check",
		"retries",
		"option redispatch",
	],
};

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a configuration of HAProxy says in each section, however it is written: defaults resolved, times in ms. */
export function directives(configuration: string): Readonly<Record<string, Section>> {
	const sections: Record<string, Section> = {};
	let current: Section = {};
	for (const line of configuration.split("\n")) {
		const words = line.trim().split(/\s+/).map(inMilliseconds);
		if (words[0] === "") continue;
		if (/^(global|defaults|frontend|backend)\b/.test(line)) {
			current = {};
			sections[words.join(" ")] = current;
		} else Object.assign(current, directive(words));
	}
	const { defaults = {}, ...others } = sections;
	return Object.fromEntries(
		Object.entries(others).map(([title, section]) => {
			const names = inherited[title.split(" ")[0] ?? ""] ?? [];
			const base = Object.entries(defaults).filter(([name]) => names.includes(name));
			return [title, { ...Object.fromEntries(base), ...section }];
		}),
	);
}

function inMilliseconds(word: string): string {
	const [, number = "", unit = ""] = /^(\d+)(ms|[smhd])$/.exec(word) ?? [];
	return unit === "" ? word : String(Number(number) * (units[unit] ?? 1));
}

function directive([keyword = "", ...values]: readonly string[]): Section {
	if (keyword === "timeout" || keyword === "option" || keyword === "stats")
		return { [`${keyword} ${values[0]}`]: values.slice(1).join(" ") };
	// A frontend has one for each address.
	if (keyword === "bind") return { [`bind ${values[0]}`]: values.slice(1).join(" ") };
	if (keyword !== "server") return { [keyword]: values.join(" ") };
	const [name, address, ...words] = values;
	const options: Record<string, string | true> = {};
	while (words.length > 0) {
		const option = words.shift() ?? "";
		options[option] = ["port", "inter", "fall", "rise", "weight"].includes(option)
			? (words.shift() ?? "")
			: true;
	}
	return { [`server ${name}`]: { address, ...options } };
}
