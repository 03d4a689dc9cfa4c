import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import lab from "../../../config/sites/lab.ts";
import { policyEngineDefaults } from "../../../config/sites/platform-defaults.ts";
import { definitionName, definitionOf, definitionsPath } from "../../../lab/foreign-kinds.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import type { StackDocument } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { type Answer, ControlPlane } from "../harness/control-plane.ts";
import { type PlannedChange, TerraformFolder } from "../harness/terraform-folder.ts";
import { waitFor } from "../harness/wait-for.ts";
import { addOnKinds, aggregatedRoles } from "./add-ons.ts";
import { discovery } from "./discovery.ts";
import { pod } from "./people.ts";

const platform = await loadStack("platform");
const vault = await loadStack("vault");

/** Entries of the registry by user, as they are written. */
export type Entries = Readonly<Record<string, object>>;

/** A right: verbs and names of RBAC. */
export interface Right {
	readonly verb: string;
	readonly resource: string;
	readonly group?: string;
	readonly namespace?: string;
	readonly subresource?: string;
	readonly name?: string;
}

/** How long controllers may take: none of their times is claimed here. */
const soon = { within: 60_000, every: 200 };

/** Pods that one quota of a namespace alone refuses, by its name. */
const beyond = {
	"user-quota": pod("beyond", {}, { resources: { limits: { memory: "64Mi", "ephemeral-storage": "1Ti" } } }),
	"priority-guard": pod("beyond", { priorityClassName: "system-node-critical" }),
};

/** The stack `platform`, applied by the real provider to a real API server that has the namespaces of `vault`. */
export class AppliedPlatform {
	readonly plane: ControlPlane;
	readonly #folder: string;
	readonly #terraform: TerraformFolder;
	/** By registry: building them takes a while. */
	readonly #documents = new Map<string, readonly StackDocument[]>();
	#applies = 0;

	private constructor(folder: string, plane: ControlPlane) {
		this.#folder = folder;
		this.plane = plane;
		this.#terraform = new TerraformFolder(join(folder, "stack"), {});
	}

	static async start(folder: string): Promise<AppliedPlatform> {
		const planeFolder = join(folder, "plane");
		mkdirSync(planeFolder);
		return AppliedPlatform.on(await ControlPlane.start(planeFolder), folder);
	}

	/** On an API server that is there already, and that others use as well. */
	static async on(plane: ControlPlane, folder: string): Promise<AppliedPlatform> {
		await defineForeignKinds(plane);
		return new AppliedPlatform(folder, plane);
	}

	/** Why the stack cannot be applied here; undefined once its providers are installed. */
	async providersMissing(registry: Entries): Promise<string | undefined> {
		this.#write(registry);
		return this.#terraform.providersMissing();
	}

	/** Makes the namespaces of a registry with everything that the stack `vault` says of them. */
	async makeNamespaces(registry: Entries): Promise<void> {
		const { resources } = this.#document("vault", registry);
		for (const { type, path, arguments: given } of resources) {
			if (type !== "kubernetes_namespace_v1" || !path.includes("/namespace-")) continue;
			const metadata = given.metadata as { readonly name: string };
			await this.plane.ask("POST", "/api/v1/namespaces", { metadata });
			await this.whenReady(metadata.name);
		}
	}

	/** Two namespaces that are no tenant's: power users may work in the first. */
	async makeOtherNamespaces(): Promise<void> {
		for (const name of ["queue", "other"]) {
			await this.plane.ask("POST", "/api/v1/namespaces", { metadata: { name } });
			await this.whenReady(name);
		}
	}

	/** Pods can be made in a namespace only once it has its first account. */
	async whenReady(namespace: string): Promise<void> {
		const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
		await waitFor(account, async () => (await this.plane.ask("GET", account)).status === 200, soon);
	}

	async apply(registry: Entries): Promise<void> {
		this.#write(registry);
		await this.#terraform.apply();
		await this.#whenEnforced();
	}

	/**
	 * The API server takes policies up in their order, a while after it stored them: the last one tells of all before
	 * it.
	 */
	async #whenEnforced(): Promise<void> {
		const name = `enforced-${++this.#applies}`;
		const admission = "/apis/admissionregistration.k8s.io/v1";
		const resourceRules = [
			{
				apiGroups: [""],
				apiVersions: ["v1"],
				resources: ["configmaps"],
				operations: ["CREATE"],
				resourceNames: [name],
			},
		];
		await this.plane.ask("POST", `${admission}/validatingadmissionpolicies`, {
			metadata: { name },
			spec: { matchConstraints: { resourceRules }, validations: [{ expression: "false" }] },
		});
		await this.plane.ask("POST", `${admission}/validatingadmissionpolicybindings`, {
			metadata: { name },
			spec: { policyName: name, validationActions: ["Deny"] },
		});
		const configMaps = "/api/v1/namespaces/default/configmaps?dryRun=All";
		await waitFor(
			"policies are enforced",
			async () => (await this.plane.ask("POST", configMaps, { metadata: { name } })).status === 422,
			soon,
		);
	}

	/**
	 * What a plan for a registry would change.
	 *
	 * @param refresh whether the world is asked first; a plan before has shown that it is as the state says. @default true
	 */
	async plan(registry: Entries, { refresh = true } = {}): Promise<PlannedChange[]> {
		this.#write(registry);
		return this.#terraform.plan({ refresh });
	}

	/** Applies the last plan. */
	async applyPlan(): Promise<void> {
		await this.#terraform.applyPlan();
		await this.#whenEnforced();
	}

	/** A quota refuses nothing before the controller has counted for the first time, and the API server has heard of it. */
	async whenCounted(namespace: string): Promise<void> {
		const pods = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
		for (const [quota, body] of Object.entries(beyond))
			await waitFor(
				`${quota} of ${namespace} refuses`,
				async () => {
					const { message = "" } = (await this.plane.ask("POST", pods, body)).body;
					return message.includes(`exceeded quota: ${quota}`);
				},
				soon,
			);
	}

	/** Whether RBAC allows a user, by e-mail address, to do something. */
	async may(email: string, right: Right): Promise<boolean> {
		const { status, body } = await this.plane.ask(
			"POST",
			"/apis/authorization.k8s.io/v1/subjectaccessreviews",
			{
				spec: { user: `oidc:${email}`, groups: ["system:authenticated"], resourceAttributes: right },
			},
		);
		if (status !== 201) throw new Error(JSON.stringify(body));
		return body.status.allowed;
	}

	/** A request of a user, by e-mail address. */
	as(email: string, method: string, path: string, body?: object): Promise<Answer> {
		return this.plane.askAs(`oidc:${email}`, method, path, body);
	}

	async stop(): Promise<void> {
		await this.plane.stop();
	}

	#write(registry: Entries): void {
		this.#terraform.write(this.#document("platform", registry));
	}

	#document(stack: string, registry: Entries): StackDocument {
		const key = JSON.stringify(registry);
		const documents = this.#documents.get(key) ?? this.#built(key);
		this.#documents.set(key, documents);
		const document = documents.find((one) => one.stack === stack);
		if (document === undefined) throw new Error(`there is no stack ${stack}`);
		return document;
	}

	/** @param registry as JSON */
	#built(registry: string): readonly StackDocument[] {
		const site = parseSite(
			mergePatch(lab, {
				cluster: { kubeconfig: this.plane.kubeconfig },
				platform: { powerUserNamespaces: ["queue"], policyEngine: policyEngineDefaults },
			}),
		);
		const app = new InfraApp({
			site,
			registry: parseRegistry(registry),
			stacks: [vault, platform],
			outdir: join(this.#folder, "out"),
		});
		return app.check().documents;
	}
}

/** Kinds of operators that are not installed: their objects are kept as they are. */
async function defineForeignKinds(plane: ControlPlane): Promise<void> {
	await Promise.all(
		addOnKinds.map(async (foreign) => {
			const { group, version, kind, plural } = foreign;
			if ((await plane.ask("GET", `${definitionsPath}/${definitionName(foreign)}`)).status === 200) return;
			await plane.ask("POST", definitionsPath, definitionOf(foreign));
			await waitFor(
				`${kind} is served`,
				async () => (await plane.ask("GET", `/apis/${group}/${version}/${plural}`)).status === 200,
				// Sixty at once, which the questions hold up as well.
				{ within: 120_000, every: 1000 },
			);
		}),
	);
	await waitFor("clients find every kind", async () => addOnKinds.every(await discovery(plane)), soon);
	for (const role of aggregatedRoles)
		await plane.ask("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", role);
	await waitFor(
		"admin has what add-ons aggregate into it",
		async () => {
			const { body } = await plane.ask("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin");
			const groups = body.rules.flatMap(({ apiGroups }: { apiGroups: string[] }) => apiGroups);
			return aggregatedRoles.every(({ rules }) =>
				rules.every(({ apiGroups = [] }) => apiGroups.every((group) => groups.includes(group))),
			);
		},
		soon,
	);
}
