import { valid } from "semver";
import { plain } from "../../world/blocks.ts";
import { resourceRule } from "../rule.ts";

export const chartPinned = resourceRule(
	{
		id: "chart-pinned",
		severity: "error",
		reason: "Helm takes the newest chart where no exact version is given: any apply may become an upgrade.",
		remedy: "Give the release an exact chart version, such as 1.2.3.",
	},
	function* check({ mode, type, arguments: { chart, version } }) {
		// A chart of the repository is pinned by the commit.
		if (mode !== "resource" || type !== "helm_release" || String(chart).startsWith(".")) return;
		if (version === undefined)
			yield { argument: "version", message: `the release of chart ${chart} has no chart version` };
		// Helm reads anything less than a whole semantic version as a range.
		else if (valid(plain(version)) === null)
			yield { argument: "version", message: `${version} is no exact version of chart ${chart}` };
	},
);
