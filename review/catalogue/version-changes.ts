import { type Block, block, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import type { Risk } from "../finding.ts";
import { changeClass, type Observation } from "../finding-class.ts";
import { kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { podSpecOf } from "../kubernetes/pod-spec.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";
import { imageName, type Step, stepOf } from "../version.ts";

const told: Readonly<Record<Step, { readonly called: string; readonly risk: Risk }>> = {
	major: { called: "a major step", risk: "caution" },
	minor: { called: "a minor step", risk: "notice" },
	patch: { called: "a patch", risk: "notice" },
	downgrade: {
		called: "a downgrade: data that the newer one has written may be unreadable",
		risk: "caution",
	},
	same: { called: "the same version in another build", risk: "notice" },
	other: { called: "versions that cannot be compared", risk: "caution" },
};

export const versionChanges = changeClass(
	{
		id: "version-changes",
		risk: "caution",
		reason:
			"Another version of an image or a chart runs: a major one may break what relies on it, an older one its data.",
		remedy: "Read its release notes from the one version to the other; make a backup before a major step.",
	},
	function* (change) {
		if (change.values?.before == null || change.values.after == null) return;
		if (change.type === "helm_release") yield* chart(change);
		const object = kubernetesChange(change);
		if (object === undefined) return;
		const was = podSpecOf(object.kind, object.before);
		for (const { name, block: container } of podSpecOf(object.kind, object.after)?.containers ?? []) {
			const old = was?.containers.find((one) => one.name === name);
			const [before, after] = [old && plain(old.block.image), plain(container.image)];
			if (before !== undefined && after !== undefined && before !== after) yield image(name, before, after);
		}
	},
);

function image(container: string, before: string, after: string): Observation {
	const [one, other] = [imageName(before), imageName(after)];
	if (one.repository !== other.repository)
		return { message: `container ${container} runs another image: ${before}, now ${after}`, risk: "caution" };
	const { called, risk } = told[stepOf(one.tag, other.tag)];
	const shown = one.tag === other.tag ? [before, after] : [one.tag, other.tag];
	return { message: `${other.repository} goes from ${shown[0]} to ${shown[1]}, ${called}`, risk };
}

function* chart({ values }: PlannedChange): Iterable<Observation> {
	const [one, other] = [values?.before, values?.after].map((value) => block(value as Json)) as [Block, Block];
	const [name, version, newName, newVersion] = [one.chart, one.version, other.chart, other.version].map(
		plain,
	);
	if (name !== newName)
		yield {
			message: `the release is of another chart: ${name ?? "none"}, now ${newName ?? "not known yet"}`,
		};
	if (version === undefined || newVersion === undefined || version === newVersion) return;
	const { called, risk } = told[stepOf(version, newVersion)];
	yield { message: `chart ${newName ?? ""} goes from ${version} to ${newVersion}, ${called}`, risk };
}
