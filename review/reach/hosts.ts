import { type IngressObject, ingressObjects } from "../../world/ingresses.ts";
import type { Resource, World } from "../../world/world.ts";
import { type Fact, factId, type Risk } from "./fact.ts";
import { leadsOf, publicNames, unknownRecords } from "./public-names.ts";

const internet = "the Internet";
const loggedIn = "everybody whom the identity provider lets in";
const inside = "the site's networks";
/** Of the site's networks those who are logged in as well. */
const insideLoggedIn = "the site's networks with a login at the identity provider";

/** Who else may do what each may. */
const wider: Readonly<Record<string, readonly string[]>> = {
	[internet]: [],
	[loggedIn]: [internet],
	[inside]: [internet],
	[insideLoggedIn]: [inside, loggedIn, internet],
};

/**
 * Hosts: who reaches which, by the records of the zone, the routes of the tunnel, and the Ingress with its middlewares.
 * Whether the router forwards the web ports of a public address is not in the world: it is taken to.
 */
export function* hostFacts(world: World): Iterable<Fact> {
	const served = new Set<string>();
	for (const ingress of ingressObjects(world)) {
		yield* unknownOf(world, ingress);
		for (const { host, paths } of ingress.hosts) {
			served.add(host);
			const open = leadsOf(world, host).filter(({ to }) => to === "controller");
			const subject = clients(world, ingress, open.length > 0);
			for (const path of paths)
				yield reach(subject, `https://${host}${path === "/" ? "" : path}`, [
					ingress.resource,
					...open.flatMap(({ grants }) => grants),
				]);
		}
	}
	for (const name of publicNames(world))
		for (const lead of leadsOf(world, name)) {
			if (lead.to === "elsewhere") yield reach(internet, `${name} at ${lead.address}`, lead.grants);
			if (lead.to === "service")
				yield reach(internet, `https://${name}, which the tunnel leads to ${lead.service}`, lead.grants);
			if (lead.to === "controller" && !served.has(name))
				yield reach(internet, `https://${name}, whatever serves it in the cluster`, lead.grants);
		}
	for (const resource of unknownRecords(world))
		yield {
			subject: internet,
			verb: "reach",
			object: `what record ${resource.path} names, which only Terraform knows`,
			risk: "unknown",
			grants: [resource],
		};
}

/** Who passes the middlewares of an Ingress. */
function clients({ site }: World, { middlewares }: IngressObject, open: boolean): string {
	const { namespace, middlewares: known } = site.cluster.ingress;
	const has = (names: readonly string[]) =>
		names.some((name) => middlewares.includes(`${namespace}-${name}@kubernetescrd`));
	const login = has(known.login);
	if (open && !has(known.localOnly)) return login ? loggedIn : internet;
	return login ? insideLoggedIn : inside;
}

function* unknownOf({ site }: World, ingress: IngressObject): Iterable<Fact> {
	const { namespace, name, className, unresolved, resource } = ingress;
	const problem = unresolved
		? "hosts or middlewares of which only Terraform knows"
		: className === site.cluster.ingress.className
			? undefined
			: `whose class ${className ?? "(the default)"} is not the site's`;
	if (problem !== undefined)
		yield {
			subject: internet,
			verb: "reach",
			object: `what Ingress ${namespace}/${name} serves, ${problem}`,
			risk: "unknown",
			grants: [resource],
		};
}

function reach(subject: string, object: string, grants: readonly Resource[]): Fact {
	const risk: Risk = subject === internet ? "public" : "network";
	const within = (wider[subject] ?? []).map((other) => factId({ subject: other, verb: "reach", object }));
	return { subject, verb: "reach", object, risk, grants, within };
}
