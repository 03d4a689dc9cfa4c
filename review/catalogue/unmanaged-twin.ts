import type { Risk } from "../finding.ts";
import { findingClass, type Observation, type PlannedStack } from "../finding-class.ts";
import { type KubernetesChange, kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { claimTemplatesOf, podSpecOf } from "../kubernetes/pod-spec.ts";
import type { LiveClaim, LiveTwin } from "../live.ts";

export const unmanagedTwin = findingClass({
	id: "unmanaged-twin",
	risk: "danger",
	reason:
		"What is made is there already, and no state knows of it: the apply stops, or writes over it, or a service starts empty beside its data.",
	remedy: "Take what is there over by an import block, or look what it holds and remove it first.",
	*check(planned) {
		const { live, summary } = planned;
		if (live === undefined) return;
		const changes = new Map(summary.changes.map((change) => [change.address, change]));
		for (const { address, effect, what } of live.twins) {
			const change = changes.get(address);
			if (change === undefined) continue;
			const { risk, message } = effects[effect];
			if (live.begun?.halfMade.includes(address))
				yield {
					change,
					risk: "notice",
					message: `an apply that stopped had begun to make ${what}, which is half made: the deploy removes it first`,
				};
			else yield { change, risk, message: message(what) };
		}
		yield* leftBehind(planned, live.claims);
		for (const error of live.errors)
			yield {
				risk: "notice",
				message: `nobody knows whether something that is made is there already: ${error}`,
				remedy: "See that it can be asked, and plan again.",
			};
	},
});

const effects: Readonly<
	Record<LiveTwin["effect"], { readonly risk: Risk; readonly message: (what: string) => string }>
> = {
	refused: { risk: "failure", message: (what) => `${what} is there already, and the creation is refused` },
	overwritten: { risk: "danger", message: (what) => `${what} is there already, and is written over` },
	"taken over": { risk: "caution", message: (what) => `${what} is there already, and is used as it is` },
	beside: { risk: "caution", message: (what) => `${what} is there already, and stays beside it` },
};

/** Claims that are made for a workload whose data may lie in another one, which nobody declares. */
function* leftBehind({ summary }: PlannedStack, claims: readonly LiveClaim[]): Iterable<Observation> {
	const objects = summary.changes.flatMap((change) => kubernetesChange(change) ?? []);
	const made = objects.filter(({ change }) => change.action === "create");
	// What a workload leaves in the same plan is said where it leaves it.
	const left = new Set(
		objects.flatMap((object) => claimsOf(object, "before").map((name) => `${object.namespace}/${name}`)),
	);
	for (const object of made) {
		const others = claims.filter(
			({ namespace, name }) =>
				namespace === object.namespace && name !== object.name && !left.has(`${namespace}/${name}`),
		);
		const twins =
			object.kind === "persistent_volume_claim"
				? twinsOfClaim(object, objects, others)
				: object.kind === "stateful_set"
					? twinsOfSet(object, others)
					: [];
		for (const { name, what } of twins)
			yield {
				change: object.change,
				message: `its volume is new and empty, and claim ${name} (${what}), which no stack declares, may hold its data`,
				remedy:
					"Keep the name of the claim and import it, or stop the service, copy the data, and compare before it starts.",
			};
	}
}

function twinsOfClaim(
	{ namespace, name }: KubernetesChange,
	objects: readonly KubernetesChange[],
	others: readonly LiveClaim[],
): LiveClaim[] {
	const users = objects
		.filter((object) => object.namespace === namespace && claimsOf(object, "after").includes(name))
		.map(({ kind, name }) => `${kind} ${name}`);
	const kept = new Set(objects.flatMap((object) => claimsOf(object, "after")));
	return others.filter(
		(claim) =>
			!kept.has(claim.name) &&
			(claim.mountedBy.some((user) => users.includes(user)) || nameOfUse(claim.name) === nameOfUse(name)),
	);
}

/** Claims of a set with another name that were made from a template of the same name. */
function twinsOfSet(object: KubernetesChange, others: readonly LiveClaim[]): LiveClaim[] {
	return claimTemplatesOf(object.after).flatMap((template) =>
		others.filter(
			({ name }) =>
				new RegExp(`^${template}-[a-z0-9-]+-\\d+$`).test(name) &&
				!name.startsWith(`${template}-${object.name}-`),
		),
	);
}

function claimsOf(object: KubernetesChange, side: "before" | "after"): readonly string[] {
	return podSpecOf(object.kind, object[side])?.claims ?? [];
}

/** Words that say how a volume is kept and not what for. */
const ofKind = new Set([
	"claim",
	"data",
	"encrypted",
	"lvm",
	"new",
	"nfs",
	"old",
	"proxmox",
	"pvc",
	"ssd",
	"storage",
	"vol",
	"volume",
]);

/** What a claim is for, by its name: `web-data-encrypted` and `web-encrypted` are for `web`. */
function nameOfUse(name: string): string {
	const words = name.split("-").filter((word) => !ofKind.has(word) && !/^(v?\d+)$/.test(word));
	return words.length === 0 ? name : words.join("-");
}
