import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function providersCommand(_project: Project) {
	const list = new Command("list")
		.description("list the providers, the version that every plan uses and what it is held by")
		.option("--json", "print them as JSON")
		.addHelpText("after", examples(["infra providers list", "versions, constraints, number of hashes"]))
		.action(async ({ json = false }) => {
			const [{ readLock }, { table }] = await Promise.all([
				import("../../providers/lock/lock-file.ts"),
				import("../../terminal/table.ts"),
			]);
			const locked = readLock();
			if (json) printJson(locked);
			else
				print(
					table(
						["provider", "version", "constraint", "hashes"],
						locked.map(({ address, version, constraints, hashes }) => [
							address.split("/").slice(1).join("/"),
							version,
							constraints,
							String(hashes.length),
						]),
					),
				);
		});
	const lock = new Command("lock")
		.description("record the checksums of the locked providers, for all platforms; asks the registry")
		.option("--platform <os_arch>", "platform to record; repeatable", collect, [])
		.addHelpText(
			"after",
			examples(
				["infra providers lock", "after a version has changed, or to fill in hashes that are missing"],
				["infra providers lock --platform linux_amd64", "one platform only"],
			),
		)
		.action(async ({ platform }) => {
			const [{ lockHashes, platforms }, { findTerraform }] = await Promise.all([
				import("../../engine/provider-lock.ts"),
				import("../../engine/binary.ts"),
			]);
			const { command } = await findTerraform();
			await lockHashes({ program: command, platforms: platform.length > 0 ? platform : platforms });
		});
	return new Command("providers")
		.description("the versions of the providers that every plan uses")
		.addHelpText("after", examples(["infra providers list", "needs no network"]))
		.addCommand(list)
		.addCommand(lock);
}
