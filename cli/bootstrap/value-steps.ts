import { interruption } from "../../terminal/interruption.ts";
import { askSecret } from "../../terminal/prompt.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { plural } from "../../world/plural.ts";
import { checked, type Step } from "./checklist.ts";
import { type Entries, merged, only, readEntries } from "./entries.ts";
import type { Founding } from "./founding.ts";
import { generatedValues, missingValues, type NeededEntry } from "./needed-entries.ts";
import { isFounded } from "./vault-steps.ts";
import { areWritten, entriesIn, isMounted, mountKv, writeEntries } from "./write-entries.ts";

/**
 * Has a value for everything that the platform reads from Vault, before anything is applied: from a file, from the safe,
 * made at random, or asked for. They wait in the safe.
 *
 * @throws UsageError with everything that has none
 */
export function valuesStep(founding: Founding): Step {
	const { safe, site } = founding;
	return {
		outcome: "every entry that the stacks read from Vault has a value",
		run: async () => {
			const taken = await takeGivenValues(founding);
			// From then on Vault itself says what it lacks.
			if (await isFounded(founding)) return !taken;
			const needed = await founding.needed();
			const known = (await safe.open()).entries ?? {};
			if (missingValues(needed, known).length === 0) return !taken;
			const made = merged(generatedValues(site, needed), known);
			const complete = merged(made, await askFor(needed, made));
			await safe.change({ entries: complete });
			founding.forgetWorld();
			return false;
		},
	};
}

/** Puts the values of a file into the safe, which is where every step looks. @returns whether there was a file */
export async function takeGivenValues({ safe, options }: Founding): Promise<boolean> {
	if (options.values === undefined) return false;
	const given = await readEntries(options.values);
	await safe.change({ entries: merged((await safe.open()).entries ?? {}, given) });
	return true;
}

/** Asks for what is missing, or names all of it where nobody can be asked. */
async function askFor(needed: readonly NeededEntry[], known: Entries): Promise<Entries> {
	const missing = missingValues(needed, known);
	if (missing.length === 0) return {};
	const whole = missing.filter((value) => !value.includes(": "));
	if (!process.stdin.isTTY || whole.length > 0)
		throw new UsageError(
			[`${plural(missing.length, "value")} missing that stacks read from Vault`, ...missing].join("\n"),
			"put them into a file, encrypted at best (infra secrets edit vault-values.yaml), and name it: --values secrets/<site>/vault-values.yaml",
		);
	let answers: Entries = {};
	for (const { path, keys } of needed)
		for (const key of keys.filter((one) => !known[path]?.[one])) {
			interruption.throwIfAborted();
			const value = await askSecret(`${path}: ${key} `);
			if (value === "") throw new UsageError(`${path}: ${key} has no value`, "the same command asks again");
			answers = merged(answers, { [path]: { [key]: value } });
		}
	return answers;
}

/** The KV engine, and in it every entry as the stacks ask for it. What an entry has already is kept. */
export function entrySteps(founding: Founding): Step[] {
	const { safe, site } = founding;
	return [
		checked(`the KV engine is mounted at ${site.vault.kvMount}`, {
			look: () => isMounted(founding.vault),
			act: () => mountKv(founding.vault),
		}),
		checked("Vault has every entry that the stacks read", {
			look: async () => areWritten(founding.vault, await founding.needed()),
			act: async () => {
				const needed = await founding.needed();
				const has = await entriesIn(founding.vault, needed);
				const known = merged((await safe.open()).entries ?? {}, has);
				const made = merged(generatedValues(site, needed), known);
				const values = merged(made, await askFor(needed, made));
				await writeEntries(founding.vault, needed, values);
				// The registry may be another one now, with other people.
				founding.forgetWorld();
			},
		}),
		{
			outcome: "the safe has no entry but those that are read before Vault is there",
			run: async () => {
				const { entries = {} } = await safe.open();
				const needed = await founding.needed();
				const early = needed.filter(({ stacks }) => stacks.some((stack) => founding.early.includes(stack)));
				const paths = new Set(early.map(({ path }) => path));
				// As Vault has them: somebody may have changed them there.
				const kept = merged(only(entries, paths), await entriesIn(founding.vault, early));
				if (JSON.stringify(kept) === JSON.stringify(entries)) return true;
				await safe.change({ entries: kept });
				return false;
			},
		},
	];
}
