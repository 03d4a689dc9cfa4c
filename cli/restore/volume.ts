import type { Target } from "../../clients/host/target.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Restoration } from "./restoration.ts";

const claimName = /^[a-z0-9-]+\/[a-z0-9.-]+$/;
const program = "restore-backup";

/** The volume of a claim, `NAMESPACE/CLAIM`, or one of its SQLite databases, `NAMESPACE/CLAIM/PATH`. */
export function volumeRestoration(target: Target, kind: "claim" | "database", name: string): Restoration {
	const parts = name.split("/");
	const claim = parts.slice(0, 2).join("/");
	const path = parts.slice(2).join("/");
	if (!claimName.test(claim) || (kind === "claim") !== (path === "") || parts.includes(".."))
		throw new UsageError(
			`${name}: no name of a ${kind}`,
			kind === "claim"
				? "expected NAMESPACE/CLAIM"
				: "expected NAMESPACE/CLAIM/PATH of the file in its volume",
		);
	const what = path === "" ? [] : [path];
	return {
		name,
		place: `the restore points of ${target.name}`,
		points: async () => {
			const { code, stdout, stderr } = await target.run([program, "list", claim, ...what]);
			if (code !== 0) throw new VisibleError(`${target.name}: ${program}: ${stderr.trim()}`);
			// Such as a workload that a restore which was killed has left stopped.
			if (stderr.trim() !== "") printProgress(`${target.name}: ${stderr.trim()}`);
			return stdout.split("\n").filter((line) => line !== "");
		},
		loss: [
			`What uses ${claim} is stopped, and started again.`,
			path === ""
				? "Everything in the volume becomes what it was; what was written since is in the volume of before."
				: `${path} becomes what it was, the rest of the volume stays. The volume of before is kept, too.`,
		],
		restore: async (point) => {
			const { code, stderr } = await target.run([program, claim, point, ...what], "yes\n");
			if (code !== 0) throw new VisibleError(`${target.name}: ${stderr.trim()}`);
			return stderr.trim().split("\n").at(-1) ?? "";
		},
	};
}
