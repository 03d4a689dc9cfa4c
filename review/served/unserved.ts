import { defined } from "../../config/schema/defined.ts";
import { block } from "../../world/blocks.ts";
import type { Json, World } from "../../world/world.ts";
import { documentOf } from "../document-of.ts";
import type { Observation, PlannedStack } from "../finding-class.ts";
import type { PlannedAction } from "../plan/plan-summary.ts";
import { definitionsOf } from "./definitions.ts";
import { apiKindOf } from "./kind-of.ts";
import type { KindInState, Served } from "./served.ts";
import { type ApiKind, apiVersion, type Service, serviceOf } from "./served-kinds.ts";

/** Actions that write the object to the API server. */
const writes: ReadonlySet<PlannedAction> = new Set<PlannedAction>([
	"create",
	"update",
	"import+update",
	"replace",
	"import+replace",
	"create+forget",
]);

/** Something that is written in a version of an API. */
interface Subject extends Pick<Observation, "change" | "about"> {
	readonly kind: ApiKind;
}

/** Objects that the change writes, or the state has, in a version of the API that the server does not serve. */
export function* unserved(planned: PlannedStack): Iterable<Observation> {
	const { served, errors, after } = planned;
	if (served === undefined) return;
	const { kinds } = served;
	if (kinds === undefined) {
		// A plan that failed has said so, most often for the same reason.
		if (errors.length === 0) yield notKnown(served);
		return;
	}
	const stack = planned.summary.stack;
	const stuck = new Set<string>();
	for (const one of served.inState ?? []) {
		const service = serviceOf(kinds, one.kind);
		if (service.is !== "not served") continue;
		stuck.add(`${one.address} ${textOf(one.kind)}`);
		yield inState(one, { stack, as: service.as });
	}
	for (const subject of errors.length === 0 ? changed(planned) : declared(planned)) {
		const { address = "" } = subject.change ?? subject.about ?? {};
		if (stuck.has(`${address} ${textOf(subject.kind)}`)) continue;
		yield* ofService(subject, serviceOf(kinds, subject.kind), { stack, after });
	}
}

/** Whether a plan has anything of which the server must be asked. */
export function writesKinds({ summary: { changes } }: Pick<PlannedStack, "summary">): boolean {
	return changes.some(({ action, type }) => writes.has(action) && type.startsWith("kubernetes_"));
}

function* changed({ summary: { changes } }: PlannedStack): Iterable<Subject> {
	for (const change of changes) {
		const kind = apiKindOf(change.type, block(change.values?.after as Json));
		if (writes.has(change.action) && kind !== undefined) yield { change, kind };
	}
}

/** Of a plan that failed nobody knows what it would have changed. */
function* declared(planned: PlannedStack): Iterable<Subject> {
	for (const { mode, type, address, path, arguments: given } of documentOf(planned).resources) {
		const kind = apiKindOf(type, given);
		if (mode === "resource" && kind !== undefined) yield { about: { address, path }, kind };
	}
}

function notKnown({ error = "" }: Served): Observation {
	return {
		risk: "notice",
		message: `nobody knows whether the server serves the kinds of this change: ${error}`,
		remedy: "See that it can be asked, and plan again.",
	};
}

function inState(
	{ address, path, kind }: KindInState,
	{ stack, as }: { readonly stack: string; readonly as: readonly string[] },
): Observation {
	const [best] = as;
	const about = { address, ...defined({ path }) };
	const stuck = "no plan of this stack works, neither of the code as it was nor of the code as it is to be";
	if (best === undefined)
		return {
			about,
			message: `the state has it as ${textOf(kind)}, a kind that the server no longer has: ${stuck}`,
			remedy:
				"Install what defines the kind again. Where the objects are gone for good, take them out of the state (infra state pull, terraform state rm -state, infra state push).",
		};
	return {
		about,
		message: `the state has it as ${textOf(kind)}, which is no longer served (the server has it as ${as.join(", ")}): ${stuck}`,
		remedy: `Write it as ${best} in the code, then give the state the same version: infra state retype ${stack} ${address} --api-version ${best}`,
	};
}

function* ofService(
	{ kind, ...subject }: Subject,
	service: Service,
	where: { readonly stack: string; readonly after: World },
): Iterable<Observation> {
	if (service.is === "served") return;
	if (service.is === "unknown") {
		yield {
			...subject,
			risk: "notice",
			message: `nobody knows whether ${textOf(kind)} is served: who serves ${service.because} does not answer`,
			remedy: "See that it answers (kubectl get apiservices), and plan again.",
		};
		return;
	}
	const { as } = service;
	const other = as.length === 0 ? "the server has no such kind" : `the server has it as ${as.join(", ")}`;
	const [best] = as;
	const remedy = best === undefined ? install(kind) : `Write it as ${best}.`;
	const found = definitionOf(kind, where.after);
	yield {
		...subject,
		message: `${textOf(kind)} is not served: ${other}${found === undefined ? "" : `, and it comes with ${found.path} of ${found.stack === where.stack ? "this" : "the"} stack ${found.stack}`}`,
		remedy:
			found === undefined
				? remedy
				: found.stack === where.stack
					? sameStack
					: `Deploy the stack ${found.stack} first.`,
	};
}

const sameStack =
	"Move the definition to a stack that is deployed before: the provider asks the server for the kind while it plans.";

const install = ({ group }: ApiKind) =>
	group === undefined
		? "Use a type of the provider that this version of Kubernetes has."
		: `Install what defines ${group}, in a stack that is deployed before or beside them, and plan again.`;

function definitionOf({ group, version, kind }: ApiKind, world: World) {
	return definitionsOf(world).find(
		(one) => one.group === group && one.kind === kind && one.served.includes(version ?? ""),
	)?.by;
}

/** `ExternalSecret of external-secrets.io/v1beta1` */
function textOf({ group, version, kind }: ApiKind): string {
	if (version === undefined) return kind;
	return `${kind} of ${group === undefined ? version : apiVersion({ group, version })}`;
}
