import { plain } from "../../world/blocks.ts";
import { resourceRule } from "../rule.ts";

/** All three numbers of a semantic version; Helm reads anything less as a range. */
const exact = /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?$/;

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
		else if (!exact.test(plain(version) ?? ""))
			yield { argument: "version", message: `${version} is no exact version of chart ${chart}` };
	},
);
