import { join } from "node:path";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { tryToClaim } from "../../engine/claim.ts";
import type { Project } from "../../engine/project.ts";
import { openStore } from "../../engine/state/state-session.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { encryptedStateOf } from "../state/open-state.ts";
import { type Backups, findBackups } from "./backups.ts";
import { checked, runChecklist, type Step } from "./checklist.ts";
import { databaseSteps } from "./database-steps.ts";
import { Founding, type FoundingOptions } from "./founding.ts";
import { missingValues } from "./needed-entries.ts";
import { rootTokenStep, snapshotSteps } from "./snapshot-steps.ts";
import {
	awaitedStep,
	clusterTokenSteps,
	earlyStackSteps,
	secondPlansStep,
	stackSteps,
} from "./stack-steps.ts";
import { unsealSecretSteps } from "./unseal-secret.ts";
import { entrySteps, takeGivenValues, valuesStep } from "./value-steps.ts";
import { initialisedStep, loginStep, requireSameVault, revokedStep, unsealedStep } from "./vault-steps.ts";
import { redisSteps, restorePointsStep, volumeSteps, waitsForVolume } from "./volume-steps.ts";

/**
 * Brings a platform up from an empty cluster. Each step looks at what is there first, so that the same command goes on
 * where an earlier one has stopped.
 *
 * @throws UsageError when another one runs in this checkout
 */
export async function bootstrap(project: Project, options: FoundingOptions): Promise<void> {
	const founding = await Founding.of(project, options);
	const claim = tryToClaim(join(founding.output, "claims"), "bootstrap");
	if (!("release" in claim))
		throw new UsageError(
			`site ${founding.site.name} is being brought up by process ${claim.pid} of ${claim.user}, since ${claim.since}: ${claim.command}`,
			`wait until it has ended, or end it: kill ${claim.pid}`,
		);
	try {
		const { backups } = options;
		const [title, steps] =
			backups === undefined
				? ["bootstrap", anew(founding)]
				: [
						"return",
						fromBackups(
							founding,
							onceAsked(() => findBackups(backups, founding.site)),
						),
					];
		await runChecklist(`${title} of site ${founding.site.name}`, steps);
	} finally {
		claim.release();
	}
	print(`\n${founding.safe.name} opens Vault: commit it with the states, and keep the keys of age elsewhere`);
}

/** Everything begins anew. */
function anew(founding: Founding): Step[] {
	const unsealSecret = unsealSecretSteps(founding);
	return [
		safeStep(founding),
		clusterStep(founding),
		sameVaultStep(founding),
		valuesStep(founding),
		...earlyStackSteps(founding),
		...unsealSecret.empty,
		initialisedStep(founding),
		...unsealSecret.filled,
		unsealedStep(founding),
		loginStep(founding),
		...entrySteps(founding),
		...stackSteps(founding, founding.stacks),
		secondPlansStep(founding),
		revokedStep(founding),
	];
}

/** What was lost comes back: Vault first, since everything reads from it; data once something is there to hold them. */
function fromBackups(founding: Founding, backups: () => Promise<Backups>): Step[] {
	const unsealSecret = unsealSecretSteps(founding);
	const upToVault = founding.stacks.indexOf("vault") + 1;
	return [
		safeStep(founding),
		...keptSteps(founding, backups),
		clusterStep(founding),
		restorePointsStep(founding),
		...earlyStackSteps(founding),
		...unsealSecret.empty,
		...snapshotSteps(founding, backups),
		...unsealSecret.filled,
		unsealedStep(founding),
		rootTokenStep(founding),
		loginStep(founding),
		...entrySteps(founding),
		...clusterTokenSteps(founding),
		...stackSteps(founding, founding.stacks.slice(0, upToVault)),
		...databaseSteps(founding, backups),
		...stackSteps(founding, founding.stacks.slice(upToVault), (name) => waitsForVolume(founding, name)),
		...volumeSteps(founding),
		awaitedStep(founding),
		...redisSteps(founding, backups),
		secondPlansStep(founding),
		revokedStep(founding),
	];
}

function onceAsked<T>(question: () => Promise<T>): () => Promise<T> {
	let answer: Promise<T> | undefined;
	return () => (answer ??= question());
}

function sameVaultStep(founding: Founding): Step {
	return {
		outcome: "no other Vault was lost here",
		run: async () => {
			await requireSameVault(founding);
			return true;
		},
	};
}

function safeStep({ safe }: Founding): Step {
	return {
		outcome: `${safe.name} can be opened with a key of age that is here`,
		run: async () => {
			await safe.open();
			return true;
		},
	};
}

/** What no backup job writes has to be in the checkout, and what they have written in the folder. */
function keptSteps(founding: Founding, backups: () => Promise<Backups>): Step[] {
	const { safe, project } = founding;
	return [
		{
			outcome: "the safe has the key of Vault, and what is read while it is not there",
			run: async () => {
				await takeGivenValues(founding);
				const { unsealKeys, entries = {} } = await safe.open();
				const early = (await founding.needed()).filter(({ stacks }) =>
					stacks.some((stack) => founding.early.includes(stack)),
				);
				const missing = [
					...(unsealKeys === undefined ? ["the key that unseals Vault"] : []),
					...missingValues(early, entries),
				];
				if (missing.length > 0)
					throw new UsageError(
						[`${safe.name} does not have what brings a platform back`, ...missing].join("\n"),
						"get it from git or from another checkout (git log -- secrets); values: infra bootstrap --values",
					);
				return true;
			},
		},
		{
			outcome: "the backups are whole",
			run: async () => {
				const { snapshot, dumps, redis } = await backups();
				for (const file of [snapshot, ...dumps.map((dump) => dump.file)]) print(`  ${file}`);
				print(redis === undefined ? "  no backup of Redis: it begins empty" : `  ${redis}`);
				return true;
			},
		},
		{
			outcome: "the states of tier 0 can be opened",
			run: async () => {
				for (const { name, stateTier } of project.catalogue) {
					if (stateTier !== 0) continue;
					const place = await encryptedStateOf(project, name);
					if ((await openStore(place).read()) === undefined)
						throw new UsageError(
							`stack ${name}: there is no state in ${place.folder}`,
							"git has it: git checkout, git pull; without it what Vault still has would be made a second time",
						);
				}
				return true;
			},
		},
	];
}

function clusterStep({ site }: Founding): Step {
	const question = async () => {
		const { code, stderr } = await kubectl(site, ["get", "--raw=/readyz"]);
		if (code !== 0)
			throw new UsageError(
				`the cluster of ${site.cluster.kubeconfig} does not answer: ${stderr.trim().split("\n").at(-1)}`,
				"start it, or correct cluster.kubeconfig of the site; nothing was done",
			);
		return true;
	};
	return checked("the cluster answers", { look: question, act: question });
}
