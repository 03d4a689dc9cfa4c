import { plain } from "../../world/blocks.ts";
import { resourceRule } from "../rule.ts";

const exact = /^v?\d+\.\d+\.\d+(?:[-+].*)?$/;

export const chartPinned = resourceRule(
	{
		id: "chart-pinned",
		severity: "error",
		reason: "Helm takes the newest chart where no exact version is given: any apply may become an upgrade.",
		remedy: "Give the release an exact chart version.",
	},
	function* check({ mode, type, arguments: { version } }) {
		if (mode !== "resource" || type !== "helm_release") return;
		if (version === undefined) yield { argument: "version", message: "the release has no chart version" };
		else if (!exact.test(plain(version) ?? ""))
			yield { argument: "version", message: `${version} is no exact chart version` };
	},
);
