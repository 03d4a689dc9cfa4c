import { isDeepStrictEqual } from "node:util";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { rotatedPassword, rotatedStateUser } from "../../clients/vault/rotated-password.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { keepsStateInPostgres } from "../../engine/database-password.ts";
import { deployStack } from "../../engine/deploy/deploy-stack.ts";
import { planSideBySide } from "../../engine/plan/plan-side-by-side.ts";
import { renderPlan } from "../../engine/plan/render-plan.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { StackDocument, World } from "../../world/world.ts";
import { checked, type Step } from "./checklist.ts";
import type { Founding } from "./founding.ts";
import { withVaultInMemory } from "./vault-in-memory.ts";
import { isFounded } from "./vault-steps.ts";
import { writeEntries } from "./write-entries.ts";

/**
 * Applies what Vault itself needs, and its server, while Vault has nothing in it. Secrets come from a Vault in memory,
 * which has them from the safe. Once Vault is initialised, the steps for the whole platform do the same and more.
 */
export function earlyStackSteps(founding: Founding): Step[] {
	const { site, early } = founding;
	const step = (name: string, outcome: string): Step => ({
		outcome,
		run: async () => {
			if (await isFounded(founding)) return true;
			const values = await founding.earlyEntries();
			return withVaultInMemory(async (memory) => {
				const needed = (await founding.needed()).filter(({ path }) => values[path] !== undefined);
				await writeEntries({ ...memory, mount: site.vault.kvMount }, needed, values);
				const env = { ...process.env, VAULT_ADDR: memory.address, VAULT_TOKEN: memory.token };
				const stack = (await founding.open(await founding.appBefore(memory), name)).withEnvironment(env);
				// A state of before has what Vault holds as well, which comes back with its snapshot.
				const addresses = stack.document.resources.filter(({ mode }) => mode === "resource");
				return apply(
					founding.options.backups === undefined
						? stack
						: stack.only(addresses.map(({ address }) => address)),
				);
			});
		},
	});
	return [
		...early.map((name) => step(name, `stack ${name} is applied, with its secrets from the safe`)),
		step("vault", "the server of Vault is applied"),
	];
}

/**
 * Applies stacks as they are from now on, in order.
 *
 * @param waitsForData whether what a stack runs begins only with its data, which are brought back later: nobody waits for it
 */
export function stackSteps(
	founding: Founding,
	names: readonly string[],
	waitsForData: (name: string) => Promise<boolean> = async () => false,
): Step[] {
	return names.map((name) => ({
		outcome: `stack ${name} is applied`,
		run: async () => {
			const stack = await openWithDatabase(founding, name);
			const later = await waitsForData(name);
			const was = await apply(later ? stack.unawaited() : stack);
			if (later) founding.unawaited.add(name);
			if (!was) founding.changed.add(name);
			return was;
		},
	}));
}

/** What was not waited for has its data, and runs. */
export function awaitedStep(founding: Founding): Step {
	return {
		outcome: "what waited for its data runs",
		run: async () => {
			if (founding.unawaited.size === 0) return true;
			for (const name of founding.unawaited) {
				await apply(await openWithDatabase(founding, name));
				founding.unawaited.delete(name);
			}
			return false;
		},
	};
}

/**
 * A Vault outside of the cluster that comes back has a token of the cluster that was lost, and no plan sees that: the
 * value is in no state. With another number it is sent anew, and nothing else is touched; the step for the stack takes the
 * number back.
 */
export function clusterTokenSteps(founding: Founding): Step[] {
	const { site, safe } = founding;
	const { server } = site.vault;
	if (server.kind !== "external") return [];
	return [
		checked("Vault has a token of this cluster", {
			look: async () => (await safe.open()).cluster === (await clusterId(founding)),
			act: async () => {
				const sent = { ...server, tokenVersion: server.tokenVersion + 1 };
				const app = await founding.project.openApp(undefined, {
					...site,
					vault: { ...site.vault, server: sent },
				});
				const stack = await founding.open(app, "vault");
				const is = documentOf(await founding.world(), "vault");
				await apply(stack.only(changedBetween(is, stack.document)));
				await safe.change({ cluster: await clusterId(founding) });
			},
		}),
	];
}

const documentOf = ({ stacks }: World, name: string) => stacks.find(({ stack }) => stack === name);

/** Addresses of what is otherwise in the second document. */
function changedBetween(one: StackDocument | undefined, other: StackDocument): string[] {
	const before = new Map(one?.resources.map(({ address, arguments: given }) => [address, given]));
	return other.resources
		.filter(
			({ mode, address, arguments: given }) =>
				mode === "resource" && !isDeepStrictEqual(given, before.get(address)),
		)
		.map(({ address }) => address);
}

/** It lives as long as the cluster. */
async function clusterId({ site }: Founding): Promise<string> {
	const args = ["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"];
	const { code, stdout, stderr } = await kubectl(site, args);
	if (code !== 0 || stdout === "")
		throw new VisibleError(`the cluster does not say who it is: ${stderr.trim()}`);
	return stdout;
}

/** Nothing is left to do in any stack. */
export function secondPlansStep(founding: Founding): Step {
	return {
		outcome: "second plans are empty",
		run: async () => {
			// Each step has just shown an empty plan.
			if (founding.changed.size === 0) return true;
			const stacks: WorkingDirectory[] = [];
			for (const name of founding.stacks) stacks.push(await openWithDatabase(founding, name));
			const problems: Error[] = [];
			await planSideBySide(stacks, (outcome, { document: { stack } }) => {
				if (outcome.status === "rejected") return void problems.push(outcome.reason);
				print(renderPlan(outcome.value, { short: true }));
				if (outcome.value.changes)
					problems.push(
						new VisibleError(
							`stack ${stack} is applied, and a second plan is not empty: infra plan ${stack}`,
						),
					);
			});
			const [first] = problems;
			if (first !== undefined) throw first;
			return false;
		},
	};
}

/** @returns whether there was nothing to do */
async function apply(stack: WorkingDirectory): Promise<boolean> {
	let changed = false;
	const confirm = async () => {
		changed = true;
		return true;
	};
	await deployStack(stack, { destroy: false, short: true, confirmDestroy: [], confirm });
	return !changed;
}

/** The folder of a stack, with the login to the database of its state, which Vault has made. */
async function openWithDatabase(founding: Founding, name: string): Promise<WorkingDirectory> {
	const stack = await founding.open(await founding.fullApp(), name);
	const { environment } = founding;
	if (!keepsStateInPostgres(stack.document) || environment.PG_CONN_STR) return stack;
	return stack.withEnvironment({ ...environment, PGPASSWORD: await databasePassword(founding) });
}

/**
 * The password of today: one in the environment may be from before Vault has changed it.
 *
 * @throws UsageError when neither has one: whoever made the database knows it
 */
async function databasePassword(founding: Founding): Promise<string> {
	const { site, vault } = founding;
	const { tier1 } = site.state;
	if (tier1.kind !== "postgres") return "";
	const { PGPASSWORD } = process.env;
	const missing = (reason: string) =>
		new UsageError(
			`the password of ${tier1.user}, who owns the state database, is not in Vault: ${reason}`,
			"make that user on the server, and name them in vault.databases.postgresql.users; or set PGPASSWORD",
		);
	const rotated = rotatedStateUser(site);
	if (rotated === undefined && PGPASSWORD) return PGPASSWORD;
	if (rotated === undefined) throw missing("vault.databases.postgresql does not list them");
	try {
		return await rotatedPassword(site, rotated, vault);
	} catch (error) {
		if (error instanceof VaultRefusal) throw missing(error.message);
		throw error;
	}
}
