import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import {
	type ServedKinds,
	type ServedVersion,
	servedKinds,
	versionFromList,
	versionsToAsk,
} from "../../review/served/served-kinds.ts";
import { pooled } from "../../terminal/pool.ts";
import type { Json } from "../../world/world.ts";
import { jsonObject } from "../http/exchange.ts";
import { type ReadApi, throughProxy } from "./api-proxy.ts";

/** One answer for all groups, as servers from 1.30 give it, those from 1.27 as a beta, and older ones do not. */
const aggregated = ["v2", "v2beta1"].map(
	(version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
);
const plainly = "application/json";
const accept = [...aggregated, plainly].join(",");

/** Paths of discovery alone: those below them hold objects. */
const paths = "^/(api|apis|api/[^/]+|apis/[^/]+/[^/]+)$";

/** Concurrent questions to an older server. */
const atOnce = 8;

/**
 * Asks an API server what it serves, as the identity of the site's kubeconfig, to whom `system:discovery` lets every
 * server tell it. A version whose server does not answer is known to be incomplete.
 *
 * @throws VisibleError when the server cannot be reached or refuses to tell
 */
export function askServedKinds(site: Pick<Site, "cluster">): Promise<ServedKinds> {
	return throughProxy(site, paths, async (read) => {
		const lists = await Promise.all(["/api", "/apis"].map((path) => mustRead(read, path, accept)));
		if (lists.every(({ kind }) => kind === "APIGroupDiscoveryList")) return servedKinds(lists as Json[]);
		return oneByOne(read);
	});
}

async function oneByOne(read: ReadApi): Promise<ServedKinds> {
	const lists = await Promise.all(["/api", "/apis"].map((path) => mustRead(read, path, plainly)));
	const wanted = lists.flatMap((list) => versionsToAsk(list as Json));
	const answers = await Promise.all(pooled(atOnce, wanted, (one) => readVersion(read, one)));
	const found = new Map<string, ServedVersion[]>();
	for (const [index, answer] of answers.entries()) {
		const { group = "" } = wanted[index] ?? {};
		if (answer.status === "rejected") throw answer.reason;
		found.set(group, [...(found.get(group) ?? []), answer.value]);
	}
	return found;
}

async function readVersion(
	read: ReadApi,
	{ group, version }: { readonly group: string; readonly version: string },
): Promise<ServedVersion> {
	const parts = group === "" ? ["api", version] : ["apis", group, version];
	const { status, text } = await read(`/${parts.map(encodeURIComponent).join("/")}`, plainly);
	// Whoever serves the version may be down: the others are as true without it.
	return versionFromList(version, status === 200 ? (jsonObject(text) as Json) : undefined);
}

async function mustRead(read: ReadApi, path: string, accept: string) {
	const { status, text } = await read(path, accept);
	if (status === 401 || status === 403)
		throw new VisibleError(`the cluster does not tell this identity what it serves (${status})`);
	const answer = status === 200 ? jsonObject(text) : undefined;
	if (answer === undefined)
		throw new VisibleError(`the API server answers ${path} with ${status}${wordsOf(text)}`);
	return answer;
}

/** What kubectl or the server says of a failure; nothing where that is a page or too long to be told. */
function wordsOf(text: string): string {
	const words = (jsonObject(text)?.message ?? text.trim()) as unknown;
	return typeof words === "string" && /^[^<\n]{1,300}$/.test(words) ? `: ${words}` : "";
}
