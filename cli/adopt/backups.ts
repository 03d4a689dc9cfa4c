import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openVersion } from "../../engine/state/earlier-versions.ts";
import { parseState } from "../../engine/state/rewrite/state-document.ts";
import { encrypt } from "../../engine/state/sops.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** A state before and after an adoption. */
export interface BackedUp {
	/** Name of the source; absent for the stack's own state. */
	readonly source?: string;
	/** File of what it was, beside the record; absent where there was none. */
	readonly file?: string;
	/** Digests of the objects that it had, and has now. */
	readonly before: string;
	readonly after: string;
}

/** What an adoption has written, the first first. */
export interface AdoptionRecord {
	readonly site: string;
	readonly stack: string;
	/** ISO 8601. */
	readonly at: string;
	readonly states: readonly BackedUp[];
	/** When it was undone. */
	readonly undone?: string;
}

/** Folder of copies and records, in the folder of the stack's journal. */
export const backupFolder = "before-adoption";

/** Digest of what a state says of objects, whoever has written its text. */
export function digestOfObjects(text: string): string {
	const objects = text === "" ? [] : parseState(text).resources.map((resource) => canonical(resource));
	return createHash("sha256").update(JSON.stringify(objects.sort())).digest("hex");
}

/** Keeps copies of states that are about to be written, encrypted where somebody is named for whom, and what they become. */
export async function backUp(
	folder: string,
	of: Pick<AdoptionRecord, "site" | "stack">,
	states: readonly { readonly source?: string; readonly before: string; readonly after: string }[],
	recipients: readonly string[],
): Promise<void> {
	const at = new Date().toISOString();
	const id = `${at.replace(/[:.]/g, "")}-${randomUUID().slice(0, 4)}`;
	const place = join(folder, backupFolder);
	mkdirSync(place, { recursive: true, mode: 0o700 });
	const kept: BackedUp[] = [];
	for (const [index, { source, before, after }] of states.entries()) {
		const digests = { before: digestOfObjects(before), after: digestOfObjects(after) };
		const name = before === "" ? undefined : `${id}-${index}.tfstate${recipients.length > 0 ? ".enc" : ""}`;
		if (name !== undefined) {
			const text = recipients.length > 0 ? (await encrypt(before, { age: recipients })).text : before;
			writeFileSync(join(place, name), text, { mode: 0o600, flush: true });
		}
		kept.push({
			...(source !== undefined && { source }),
			...(name !== undefined && { file: name }),
			...digests,
		});
	}
	const record: AdoptionRecord = { ...of, at, states: kept };
	writeFileSync(join(place, `${id}.json`), `${JSON.stringify(record, undefined, "\t")}\n`, { flush: true });
}

interface Adoption {
	readonly record: AdoptionRecord;
	readonly file: string;
}

/** The newest adoption of a stack that was not undone. @throws UsageError when there is none */
export function lastAdoption(folder: string, stack: string): Adoption {
	const [last] = adoptions(folder);
	if (last === undefined) throw new UsageError(`stack ${stack}: nothing was adopted that could be undone`);
	return last;
}

/** Whether there is one: it has the copies of what it was stopped in. */
export const hasAdoption = (folder: string) => adoptions(folder).length > 0;

function adoptions(folder: string): Adoption[] {
	const place = join(folder, backupFolder);
	const names = existsSync(place) ? readdirSync(place).filter((name) => name.endsWith(".json")) : [];
	return names
		.sort()
		.reverse()
		.map((name) => ({ file: join(place, name), record: JSON.parse(readFileSync(join(place, name), "utf8")) }))
		.filter(({ record }) => record.undone === undefined);
}

/** The state that a copy holds; empty where there was none. */
export async function openBackup(folder: string, { file }: BackedUp): Promise<string> {
	if (file === undefined) return "";
	return openVersion({ file: join(folder, backupFolder, file) });
}

export function markUndone(file: string, record: AdoptionRecord): void {
	const undone = { ...record, undone: new Date().toISOString() };
	writeFileSync(file, `${JSON.stringify(undone, undefined, "\t")}\n`, { flush: true });
}

function canonical(value: unknown): string {
	return JSON.stringify(value, (_, inner: unknown) =>
		typeof inner === "object" && inner !== null && !Array.isArray(inner)
			? Object.fromEntries(
					Object.entries(inner)
						.filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0))
						.sort(([one], [other]) => (one < other ? -1 : 1)),
				)
			: inner,
	);
}
