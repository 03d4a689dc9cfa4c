import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../project.ts";
import { openStacks } from "../terraform/open-stacks.ts";
import { UsageError } from "../usage-error.ts";
import { askApi } from "./kubernetes-api.ts";
import { type Lab, labEnvironment, labFolder, readLab } from "./lab-state.ts";
import { canary } from "./seed-vault.ts";

/** One claim about the lab, and what speaks against it. */
export interface Verdict {
	readonly claim: string;
	/** Empty when the claim holds. */
	readonly problem: string;
}

/**
 * Looks from outside at what was applied: a second plan of each stack is empty, no secret that was made up for Vault is
 * in a state, a plan or a document, and every pod is ready.
 *
 * @throws UsageError when there is no lab, or nothing was applied to it
 */
export async function verify(project: Project): Promise<Verdict[]> {
	const lab = readLab();
	if (lab === undefined) throw new UsageError("there is no lab", "infra lab up starts one");
	Object.assign(process.env, labEnvironment(lab));
	const applied = project.catalogue.filter(({ name }) =>
		existsSync(join(labFolder, "state", name, "terraform.tfstate")),
	);
	if (applied.length === 0) throw new UsageError("nothing was applied to the lab", "infra lab apply");
	const stacks = await openStacks(await project.openApp(), applied, { verbose: false });
	const verdicts: Verdict[] = [];
	for (const stack of stacks) {
		const { stack: name } = stack.document;
		await stack.init({ backend: true });
		const { changes } = await stack.plan({ destroy: false });
		const plan = JSON.stringify(await stack.show());
		stack.removePlan();
		verdicts.push({
			claim: `a second plan of ${name} is empty`,
			problem: changes ? `infra plan ${name} shows changes` : "",
		});
		const folder = join(labFolder, "state", name);
		const texts = [
			["its plan", plan],
			["its document", JSON.stringify(stack.document.json)],
			...readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")] as const),
		] as const;
		const leaks = texts.filter(([, text]) => text.includes(canary)).map(([where]) => where);
		verdicts.push({ claim: `no secret is in what ${name} leaves behind`, problem: leaks.join(", ") });
	}
	verdicts.push({ claim: "every pod is ready", problem: (await unreadyPods(lab)).join(", ") });
	return verdicts;
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
