import { changeClass } from "../finding-class.ts";

/** Arguments that change how Helm works and nothing in the cluster. */
const ofHelm =
	/^(atomic|cleanup_on_fail|description|force_update|id|lint|max_history|metadata|reset_values|reuse_values|status|timeout|verify|wait|wait_for_jobs)\b/;

export const releaseChanges = changeClass(
	{
		id: "release-changes",
		risk: "caution",
		reason:
			"A plan shows a chart's values and not its objects: pods may restart, and objects may come or go, unseen.",
		remedy: "Render the chart with both sets of values (helm template) and compare, where its pods matter.",
	},
	function* ({ type, action, arguments: changed = [] }) {
		if (type !== "helm_release" || (action !== "update" && action !== "import+update")) return;
		const inside = changed.filter(({ path, after }) => after !== "unknown" && !ofHelm.test(path));
		const names = [...new Set(inside.map(({ path }) => path.split(/[.[]/)[0]))];
		if (names.length > 0)
			yield {
				message: `objects of the release change with its ${names.join(", ")}, and are not in the plan`,
			};
	},
);
