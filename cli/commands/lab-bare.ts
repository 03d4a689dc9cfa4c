import { Command } from "@commander-js/extra-typings";
import type { OpenSite } from "../../lab/apply.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

/** What a bare lab is given: the answers of `infra bootstrap`. */
export function valuesCommand(openSite: OpenSite) {
	return new Command("values")
		.description("print made-up values for all entries of Vault that the stacks of a bare lab read")
		.addHelpText(
			"after",
			examples([
				"infra lab values | infra lab shell -- infra bootstrap --values -",
				"found Vault in it, and apply the stacks",
			]),
		)
		.action(async () => {
			const [{ requireLab }, { madeUpEntries }] = await Promise.all([
				import("../../lab/lab-state.ts"),
				import("../../lab/seed-vault.ts"),
			]);
			const lab = requireLab();
			const app = await openSite(lab.site).openApp();
			const world = { site: app.site, stacks: app.check().documents };
			printJson(Object.fromEntries(madeUpEntries(lab, world)));
		});
}

/** The end of a bare lab, from which `infra bootstrap --from-backups` comes back. */
export function loseCommand() {
	return new Command("lose")
		.description("end a bare lab as a fire would; its states, its safe and the keys of its owner stay")
		.addHelpText(
			"after",
			examples(["infra lab lose; infra lab up", "an empty cluster, Vault and database for the same site"]),
		)
		.action(async () => {
			const { lose } = await import("../../lab/down.ts");
			await lose();
			print("cluster, Vault and database are gone with all that was in them");
		});
}
