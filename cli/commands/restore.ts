import { Command } from "@commander-js/extra-typings";
import { defined } from "../../config/schema/defined.ts";
import type { Project } from "../../engine/project.ts";
import { print, printProgress } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function restoreCommand(project: Project) {
	return new Command("restore")
		.description("bring data back: a claim, one of its databases, vault, redis or mail")
		.argument("<kind>", "claim, database, vault, redis or mail")
		.argument("[name]", "NAMESPACE/CLAIM, or NAMESPACE/CLAIM/PATH of a SQLite database")
		.option("--from <point>", "name of a point, or latest; without it the points are listed")
		.option(
			"--replace",
			"redis, mail: what is there now gives way; else it stays and only what is missing comes",
		)
		.option("--yes", "do not ask")
		.option("--local", "work on this machine instead of the site's storage host, which is reached by ssh")
		.addHelpText(
			"after",
			examples(
				["infra restore claim mailserver/mailserver-data-encrypted", "its points"],
				["infra restore claim shop/web --from latest", "names what is lost, and asks for the name"],
				[
					"infra restore redis --from redis-20260118-030000.rdb --replace",
					"keys that exist get their value of then",
				],
			),
		)
		.action(async (kind, name, { from, replace = false, yes = false, local = false }) => {
			const [
				{ openTarget },
				{ nfsServer },
				{ openRestoration },
				{ choosePoint },
				rendering,
				prompt,
				{ UsageError },
			] = await Promise.all([
				import("../../clients/host/ssh-target.ts"),
				import("../exports/nfs-server.ts"),
				import("../restore/open-restoration.ts"),
				import("../restore/choose-point.ts"),
				import("../restore/restoration.ts"),
				import("../../terminal/prompt.ts"),
				import("../../terminal/usage-error.ts"),
			]);
			if (from !== undefined && !yes) prompt.requireTerminal("restore", "--yes");
			const app = await project.openApp();
			const world = { site: app.site, stacks: app.check().documents };
			using target = openTarget(nfsServer(app.site), { local });
			const restoration = openRestoration(world, target, {
				kind,
				replace,
				...defined({ name }),
			});
			const points = await restoration.points();
			const now = new Date();
			if (from === undefined) {
				for (const point of points) print(rendering.describePoint(point, now));
				if (points.length === 0) printProgress(`nothing of ${restoration.name} is in ${restoration.place}`);
				return;
			}
			const point = choosePoint(restoration, points, from, now);
			printProgress(`${restoration.name} becomes what it was in ${rendering.describePoint(point, now)}`);
			for (const line of restoration.loss) printProgress(`  ${line}`);
			if (!yes && (await prompt.ask(`Type ${restoration.name} to go on: `)) !== restoration.name)
				throw new UsageError("nothing was changed");
			printProgress("restoring ...");
			print(await restoration.restore(point));
		});
}
