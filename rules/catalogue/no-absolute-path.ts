import { homedir } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { type TextField, textsOf } from "../../world/texts.ts";
import { worldRule } from "../rule.ts";

export const noAbsolutePath = worldRule({
	id: "no-absolute-path",
	severity: "error",
	reason: "A path of the machine that synthesised works on no other, and makes every output differ.",
	remedy:
		"Spell the path relative to the stack's folder (fromStackFolder), or begin it with ~ for the user's home.",
	*check(world) {
		const project = process.cwd();
		// The project may be in the home folder, or the other way round: a path is reported with the innermost of them.
		const folders = [...new Set([project, ...homeOfThisUser()])]
			.filter((folder) => folder !== "/")
			.sort((one, other) => other.length - one.length);
		for (const text of textsOf(world)) {
			const folder = folders.find(
				(folder) => isBelow(text.value, folder) && meansThisMachine(text, folder, folder === project),
			);
			if (folder === undefined) continue;
			const { subject, argument, value } = text;
			yield { subject, argument, message: `${value} lies below ${folder} of this machine` };
		}
	},
});

/** Home folders of this user; none when HOME is no folder and the user is unknown. */
function homeOfThisUser(): readonly string[] {
	try {
		const home = homedir();
		return isAbsolute(home) ? [resolve(home)] : [];
	} catch {
		return [];
	}
}

/**
 * Arguments, prefixed by their type, whose paths are in a container or on another machine, where folders such as
 * /var/www or /home/node are normal.
 */
const readElsewhere =
	/^(kubernetes_|helm_release\.(values|set)|proxmox_virtual_environment_file\.source_raw\.)/;

/** Whether a path below this folder must be one of this machine. */
function meansThisMachine({ subject, argument }: TextField, folder: string, isProject: boolean): boolean {
	if (!("address" in subject)) return true;
	// Folders of one segment, such as /root or /app, are common in containers.
	if (folder.lastIndexOf("/") === 0) return false;
	return isProject || !readElsewhere.test(`${subject.type}.${argument}`);
}

/** Whether a text contains a path below the folder, and not merely a longer path that ends alike. */
function isBelow(text: string, folder: string): boolean {
	for (let start = text.indexOf(folder); start !== -1; start = text.indexOf(folder, start + 1)) {
		const before = text[start - 1] ?? " ";
		const after = text[start + folder.length] ?? "/";
		if (!/[\p{L}\p{N}_./~-]/u.test(before) && !/[\p{L}\p{N}_.-]/u.test(after)) return true;
	}
	return false;
}
