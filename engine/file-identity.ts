import { createHash } from "node:crypto";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Path, size and time of modification of a file, which differ once it was replaced; undefined when it is missing. */
export function fileIdentity(file: string): string | undefined {
	const status = statSync(file, { throwIfNoEntry: false });
	return status?.isFile() ? `${realpathSync(file)} ${status.size} ${status.mtimeMs}` : undefined;
}

/** Identities of all files below a folder, those behind symbolic links included; empty when it does not exist. */
export function filesBelow(folder: string): string[] {
	if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
	return readdirSync(folder)
		.sort()
		.flatMap((name) => {
			const path = join(folder, name);
			const status = statSync(path, { throwIfNoEntry: false });
			if (status === undefined) return [`${path} leads nowhere`];
			return status.isDirectory() ? filesBelow(path) : [`${path} ${fileIdentity(path)}`];
		});
}

/** Identity of the program that a command starts; undefined when it is not found. */
export function programIdentity(command: string, path = process.env.PATH ?? ""): string | undefined {
	if (command.includes("/")) return fileIdentity(command);
	for (const folder of path.split(delimiter)) {
		const identity = fileIdentity(join(folder || ".", command));
		if (identity !== undefined) return identity;
	}
	return undefined;
}

/** SHA-256 of a file, in hexadecimal digits. */
export function digestOf(file: string): string {
	return createHash("sha256").update(readFileSync(file)).digest("hex");
}
