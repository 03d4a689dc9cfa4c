import { availableParallelism } from "node:os";
import { join } from "node:path";
import { loadRegistry } from "../clients/vault/load-registry.ts";
import { loadSite } from "../config/load-site.ts";
import type { Site } from "../config/schema/site.ts";
import { keepsStateInPostgres } from "../engine/database-password.ts";
import { openStacks } from "../engine/open-stacks.ts";
import { heldObjects } from "../engine/state-file.ts";
import type { WorkingDirectory } from "../engine/working-directory.ts";
import { pooled } from "../terminal/pool.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { dnsRecords, type ZoneRecord } from "../world/dns-records.ts";
import type { StackDocument, World } from "../world/world.ts";
import type { OpenSite } from "./apply.ts";
import { misplacedDeployers } from "./deployers.ts";
import { askApi } from "./kubernetes-api.ts";
import { databasePassword, labEnvironment } from "./lab-environment.ts";
import { databaseUsers } from "./lab-site.ts";
import { type Lab, type LabDns, labFolder } from "./lab-state.ts";
import { labLoggedIn } from "./login.ts";
import { nodeVerdicts } from "./node/node-verdicts.ts";
import { askPostgres } from "./postgres-server.ts";
import { products } from "./products/products.ts";
import { leaks, type NamedText, nameOf, programArguments, textsIn } from "./traces.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Verifies from outside what was applied: second plans are empty, no generated secret is in any file left behind,
 * Vault's passwords open the databases, its tokens are valid in one namespace each, the zone has the expected records,
 * every pod is ready, and products do what they are there for.
 *
 * @throws UsageError when there is no lab, or nothing was applied to it
 */
export async function verify(openSite: OpenSite): Promise<Verdict[]> {
	const lab = await labLoggedIn();
	const project = openSite(lab.site);
	const env = await labEnvironment(lab);
	const stacks = await openStacks(await project.openApp(), project.catalogue, { verbose: false, env });
	const verdicts: Verdict[] = [];
	const applied: StackDocument[] = [];
	const outcomes = pooled(availableParallelism(), stacks, (stack) =>
		stack.held(async () => ({ stack, found: await stackVerdicts(stack, env) })),
	);
	// All of them end before the first error is told: the exit would cut the others short.
	for (const outcome of await Promise.all(outcomes)) {
		if (outcome.status === "rejected") throw outcome.reason;
		const { stack, found } = outcome.value;
		verdicts.push(...found);
		if (found.length > 0) applied.push(stack.document);
	}
	if (applied.length === 0) throw new UsageError("nothing was applied to the lab", "infra lab apply");
	const site = await loadSite(lab.site);
	if (applied.some(({ stack }) => stack === "vault"))
		verdicts.push({
			claim: "a tenant's deployer may deploy into its own namespace, and into no other",
			problem: (await misplacedDeployers(lab, await loadRegistry(site))).join(", "),
		});
	if (lab.dns)
		verdicts.push({
			claim: "the zone holds the records of the stacks, and no other",
			problem: (await strayRecords(lab.dns, { site, stacks: applied })).join(", "),
		});
	for (const product of products.filter(({ name }) => lab.products.includes(name)))
		verdicts.push(...(await product.verify(lab)));
	return [
		...verdicts,
		...(await nodeVerdicts(lab)),
		{
			claim: "no secret is in a log, or among the arguments of a program",
			problem: [...textsIn(join(labFolder, "logs")), ...programArguments()]
				.filter(leaks)
				.map(nameOf)
				.join(", "),
		},
		{
			claim: "databases let their users in with the passwords that Vault made",
			problem: (await lockedOut(lab, site)).join(", "),
		},
		{ claim: "every pod is ready", problem: (await unreadyPods(lab)).join(", ") },
	];
}

/** Verdicts on a stack; none if it was not applied. */
async function stackVerdicts(stack: WorkingDirectory, env: NodeJS.ProcessEnv): Promise<Verdict[]> {
	const { document } = stack;
	// Without the password, which Vault makes, the stack cannot have been applied.
	if (keepsStateInPostgres(document) && env.PGPASSWORD === undefined) return [];
	await stack.init({ backend: true });
	const state = await stack.state();
	// OpenTofu has an empty state where Terraform has none.
	if (heldObjects(state) === 0) return [];
	const { changes } = await stack.plan({ destroy: false });
	const plan = JSON.stringify(await stack.show());
	const left: NamedText[] = [
		["its state", state],
		["its plan", plan],
		["its document", JSON.stringify(document.json)],
		...textsIn(join(labFolder, "state", document.stack)),
	];
	return [
		{
			claim: `a second plan of ${document.stack} is empty`,
			problem: changes ? `infra plan ${document.stack} shows changes` : "",
		},
		{
			claim: `no secret is in what ${document.stack} leaves behind`,
			problem: left.filter(leaks).map(nameOf).join(", "),
		},
	];
}

/** Records that are only in the zone, or only in the stacks. */
async function strayRecords({ url, token }: LabDns, world: World): Promise<string[]> {
	const { dns } = world.site;
	if (dns.kind === "none") return [];
	const response = await fetch(`${url}zones/${dns.zoneId}/dns_records`, {
		headers: { authorization: `Bearer ${token}` },
		signal: AbortSignal.timeout(10_000),
	});
	const { result } = (await response.json()) as { result: Omit<ZoneRecord, "resource">[] };
	const line = ({ name, type, content }: Omit<ZoneRecord, "resource">) => `${name} ${type} ${content}`;
	const [held, meant] = [result.map(line), dnsRecords(world).map(line)];
	return [...held.filter((one) => !meant.includes(one)), ...meant.filter((one) => !held.includes(one))];
}

/** Database users who cannot log in with the password in Vault. */
async function lockedOut(lab: Lab, site: Site): Promise<string[]> {
	const answers = await Promise.all(
		databaseUsers.map(async (user) => {
			const password = await databasePassword(lab, site, user);
			if (password === undefined) return [];
			const answer = askPostgres({ port: lab.database.port, user, password }, "select current_user");
			return (await answer.catch(() => "")) === user ? [] : [user];
		}),
	);
	return answers.flat();
}

async function unreadyPods(lab: Lab): Promise<string[]> {
	const { items } = JSON.parse((await askApi(lab, "GET", "/api/v1/pods")).body) as {
		items: {
			metadata: { namespace: string; name: string };
			status: { phase: string; conditions?: { type: string; status: string }[] };
		}[];
	};
	return items
		.filter(
			({ status: { phase, conditions = [] } }) =>
				phase !== "Succeeded" &&
				!conditions.some(({ type, status }) => type === "Ready" && status === "True"),
		)
		.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
}
