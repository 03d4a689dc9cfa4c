import { appendFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** Something that writes until it is stopped. */
async function repeat(stopped: () => boolean, action: () => void): Promise<void> {
	while (!stopped()) {
		action();
		await sleep(1);
	}
}

/** Creates, appends to, replaces and removes files in a directory. */
export function writeLoad(folder: string) {
	let count = 0;
	let stopped = false;
	const done = repeat(
		() => stopped,
		() => {
			count += 1;
			appendFileSync(`${folder}/log`, `${count}\n`);
			writeFileSync(`${folder}/new-${count % 50}.partial`, "x".repeat(count % 5000));
			renameSync(`${folder}/new-${count % 50}.partial`, `${folder}/new-${count % 50}`);
			rmSync(`${folder}/new-${(count + 25) % 50}`, { force: true });
		},
	);
	return {
		writes: () => count,
		stop: async () => {
			stopped = true;
			await done;
		},
	};
}

/**
 * Inserts rows into a SQLite database in WAL mode, one transaction each. They are small: a copy of more than 100 pages begins
 * anew at every change (sqlite3_backup_step), so that a slow machine would never end one.
 */
export function insertLoad(file: string) {
	const database = new DatabaseSync(file);
	database.exec("PRAGMA journal_mode = wal; CREATE TABLE entry (number INTEGER PRIMARY KEY, text TEXT)");
	const insert = database.prepare("INSERT INTO entry (text) VALUES (?)");
	let count = 0;
	let stopped = false;
	const done = repeat(
		() => stopped,
		() => {
			for (let row = 0; row < 10; row++) {
				insert.run("x");
				count += 1;
			}
		},
	);
	return {
		committed: () => count,
		stop: async () => {
			stopped = true;
			await done;
			database.close();
		},
	};
}
