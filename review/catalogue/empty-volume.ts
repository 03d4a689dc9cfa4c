import { findingClass } from "../finding-class.ts";
import { type KubernetesChange, kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { podSpecOf } from "../kubernetes/pod-spec.ts";

const made = new Set(["create", "create+forget", "replace", "import+replace"]);

export const emptyVolume = findingClass({
	id: "empty-volume",
	risk: "danger",
	reason:
		"A service that is given a new claim in place of its old one starts on an empty volume, as if it were new, and begins to fill it.",
	remedy:
		"Keep the name of the claim. To move, stop the service, copy the data, and compare before it starts.",
	*check({ summary }) {
		const objects = summary.changes.flatMap((change) => kubernetesChange(change) ?? []);
		const claims = new Set(
			objects
				.filter(({ kind, change }) => kind === "persistent_volume_claim" && made.has(change.action))
				.map(({ namespace, name }) => `${namespace}/${name}`),
		);
		for (const object of objects) {
			const [was, will] = [claimsOf(object, "before"), claimsOf(object, "after")];
			const left = was.filter((claim) => !will.includes(claim));
			if (left.length === 0) continue;
			for (const claim of will)
				if (claims.has(`${object.namespace}/${claim}`) && !was.includes(claim))
					yield {
						change: object.change,
						message: `starts on the new and empty claim ${claim}; its data is in ${left.join(", ")}`,
					};
		}
	},
});

function claimsOf(object: KubernetesChange, side: "before" | "after"): readonly string[] {
	return podSpecOf(object.kind, object[side])?.claims ?? [];
}
