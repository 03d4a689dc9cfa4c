import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadRegistry } from "../../clients/vault/load-registry.ts";
import {
	agentEnvironment,
	infrastructureAgent,
	infrastructureBackend,
} from "../../constructs/woodpecker/agent-environment.ts";
import { serverEnvironment } from "../../constructs/woodpecker/server-environment.ts";
import { ciToken } from "../forge/ci-login.ts";
import { askForge, giteaProgram } from "../forge/gitea.ts";
import { askCi, Woodpecker, woodpeckerPrograms } from "../forge/woodpecker.ts";
import { freePort } from "../free-port.ts";
import { kubeconfig } from "../kubeconfig.ts";
import type { ApiAccess } from "../kubernetes-api.ts";
import { labFolder } from "../lab-state.ts";
import { gitea, readForge } from "./gitea.ts";
import type { Product, ProductWorld } from "./product.ts";
import { productFacts } from "./product-facts.ts";
import { woodpeckerVerdicts } from "./woodpecker-verdicts.ts";

const name = "woodpecker";

/** The CI server, and the token of the forge's owner there, who administers it. */
export interface LabCi {
	readonly address: string;
	readonly token: string;
	/** Number of the infrastructure repository. */
	readonly repository: number;
}

const accessFile = (folder: string) => join(folder, "access.json");

/** The CI server with the settings that the stack gives it, and the agent of the infrastructure's pipelines with its own. */
export const woodpecker: Product = {
	name,
	...productFacts.woodpecker,
	programs: [giteaProgram, ...woodpeckerPrograms],
	commands: gitea.commands,
	install: async () => {},
	start: async (world) => {
		const { folder, site, programs } = world;
		const forge = readForge(join(folder, ".."));
		const [http, grpc, health] = [await freePort(), await freePort(), await freePort()];
		const server = await Woodpecker.prepare({
			folder,
			ports: { http, grpc },
			forge,
			settings: serverEnvironment(site, await loadRegistry(site)),
		});
		const secret = randomBytes(16).toString("hex");
		await programs.ready(programs.run(server.server(secret)), () => server.isReady());
		const token = await ciToken(server.address, forge.address, forge);
		const ci = { address: server.address, token };
		writeFileSync(
			accessFile(folder),
			JSON.stringify({ ...ci, repository: await enable(world, ci) } satisfies LabCi),
			{ mode: 0o600 },
		);
		const agent = programs.run(server.agent(secret, health, agentSettings(world)));
		await programs.ready(agent, async () => (await fetch(`http://127.0.0.1:${health}/healthz`)).ok);
	},
	verify: (lab) => woodpeckerVerdicts(lab, readForge(), readCi()),
};

const readCi = (): LabCi => JSON.parse(readFileSync(accessFile(join(labFolder, "products", name)), "utf8"));

/** Enables the infrastructure repository. @returns its number */
async function enable({ folder, site }: ProductWorld, ci: Pick<LabCi, "address" | "token">): Promise<number> {
	const { infrastructureRepository } = site.woodpecker;
	const { id } = await askForge(readForge(join(folder, "..")), "GET", `/repos/${infrastructureRepository}`);
	const repository = await askCi(ci, "POST", `/repos?forge_remote_id=${id}`);
	// Pull requests wait for an approval, as `infra ci apply` has it.
	await askCi(ci, "PATCH", `/repos/${repository.id}`, { require_approval: "pull_requests" });
	return repository.id;
}

/** Settings of the agent, with which it acts on the cluster of the lab as its pod does in another. */
function agentSettings({ api, site, folder }: ProductWorld): Readonly<Record<string, string>> {
	const file = join(folder, "agent.json");
	writeFileSync(file, JSON.stringify(asAccount(api, infrastructureAgent(site))), { mode: 0o600 });
	return {
		...agentEnvironment(site, infrastructureBackend(site)),
		KUBECONFIG: file,
		// It then takes the kubeconfig instead of what a pod would have.
		KUBERNETES_SERVICE_HOST: "127.0.0.1",
	};
}

/**
 * A kubeconfig whose user has the rights of a service account, and no others. The stack makes the account: before that
 * there is no token of it, and nothing is allowed.
 */
function asAccount(
	api: ApiAccess,
	{ namespace, name: account }: { readonly namespace: string; readonly name: string },
): object {
	const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
	return {
		...kubeconfig(api),
		users: [
			{
				name: "lab",
				user: {
					token: api.token,
					as: `system:serviceaccount:${namespace}:${account}`,
					"as-groups": groups,
				},
			},
		],
	};
}
