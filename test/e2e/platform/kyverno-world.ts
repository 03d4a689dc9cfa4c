import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ownedBy } from "../../../config/registry/owner-names.ts";
import { kyverno } from "../../../lab/products/kyverno.ts";
import { type Answer, ControlPlane } from "../harness/control-plane.ts";
import { RunningProduct } from "../harness/running-product.ts";
import { waitFor } from "../harness/wait-for.ts";
import { applyPolicies } from "./kyverno-policies.ts";

/** How long Kyverno's controllers may take: none of their times is claimed here. */
export const soon = { within: 60_000, every: 200 };

export interface Container {
	readonly name?: string;
	readonly image?: string;
	readonly [field: string]: unknown;
}

export const container = (more: Container = {}) => ({ name: "main", image: "ghcr.io/a/b:1", ...more });

/** Kyverno with the policies of the stack `platform`, beside an API server. */
export class KyvernoWorld {
	readonly plane: ControlPlane;
	readonly kyverno: RunningProduct;

	private constructor(plane: ControlPlane, running: RunningProduct) {
		this.plane = plane;
		this.kyverno = running;
	}

	/** @param folder empty, and removed by whoever made it */
	static async start(folder: string): Promise<KyvernoWorld> {
		for (const name of ["plane", "kyverno"]) mkdirSync(join(folder, name));
		const plane = await ControlPlane.start(join(folder, "plane"));
		try {
			const running = await RunningProduct.install(kyverno, plane, { folder: join(folder, "kyverno") });
			const world = new KyvernoWorld(plane, running);
			try {
				await running.start();
				await applyPolicies((method, path, object) => plane.ask(method, path, object), join(folder, "out"));
			} catch (error) {
				await running.stop();
				throw error;
			}
			return world;
		} catch (error) {
			await plane.stop();
			throw error;
		}
	}

	/** A namespace with labels, ready for pods. */
	async namespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
		await this.must("POST", "/api/v1/namespaces", { metadata: { name, labels } });
		const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
		await waitFor(account, async () => (await this.plane.ask("GET", account)).status === 200, soon);
	}

	/** What becomes of a pod: the answer of the API server, which then forgets it. */
	pod(namespace: string, spec: object, annotations: object = {}): Promise<Answer> {
		return this.plane.ask("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
			metadata: { name: "one", annotations },
			spec: { containers: [container()], ...spec },
		});
	}

	/** A pod as the policies leave it. */
	async changed(namespace: string, spec: object, annotations: object = {}) {
		const { status, body } = await this.pod(namespace, spec, annotations);
		if (status !== 201) throw new Error(JSON.stringify(body));
		return body.spec;
	}

	/** Specification of an object of a namespace; undefined when there is none. */
	async specOf(namespace: string, path: string) {
		const { status, body } = await this.plane.ask("GET", `/api/v1/namespaces/${namespace}/${path}`);
		return status === 200 ? body.spec : undefined;
	}

	/** Waits until a namespace has a quota of so many pods, and limits of so much memory. */
	async have(name: string, pods: string | undefined, memory: string | undefined): Promise<void> {
		await waitFor(
			`${name} has ${pods ?? "no quota"} and ${memory ?? "no limits"}`,
			async () => {
				const quota = await this.specOf(name, "resourcequotas/quota-of-tier");
				const limits = await this.specOf(name, "limitranges/limits-of-tier");
				return quota?.hard.pods === pods && limits?.limits[0].max.memory === memory;
			},
			soon,
		);
	}

	/** @throws Error unless the request succeeds */
	async must(method: string, path: string, body?: object) {
		const answer = await this.plane.ask(method, path, body);
		if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
		return answer.body;
	}

	async stop(): Promise<void> {
		await this.kyverno.stop();
		await this.plane.stop();
	}
}

/** Label of a namespace with a quota of its own. */
export const noQuota = { "resource-governance/custom-quota": "true" };

/** Labels of a namespace of the registry, which has its own limits and quota. */
export const tenant = {
	[ownedBy.key]: ownedBy.value,
	tier: "4-aux",
	"resource-governance/custom-quota": "true",
	"resource-governance/custom-limitrange": "true",
};
