import { expect } from "vitest";
import { execInPod, type InContainer } from "../harness/exec-in-pod.ts";
import { LabCommand } from "../harness/lab-command.ts";
import { waitFor } from "../harness/wait-for.ts";

/** Pods start when the machine has time for them. */
export const patient = { within: 240_000, every: 300 };

/** What is read here of a pod. */
export interface Pod {
	readonly metadata: {
		readonly name: string;
		readonly uid: string;
		readonly labels?: Readonly<Record<string, string>>;
		readonly deletionTimestamp?: string;
	};
	readonly spec: { readonly nodeName?: string };
	readonly status: {
		readonly phase?: string;
		readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
		readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
	};
}

export const isReady = ({ status: { containerStatuses = [] } }: Pod): boolean =>
	containerStatuses.length > 0 && containerStatuses.every(({ ready }) => ready);

/** A lab with nodes that run containers, and what their operator does. */
export class NodesLab extends LabCommand {
	#applied: Promise<unknown> = Promise.resolve();
	#cordoned: Promise<unknown> = Promise.resolve();

	/** Applies stacks, once those that were asked for before are. @throws with its output */
	apply(...stacks: readonly string[]): Promise<void> {
		const now = this.#applied.then(async () => {
			const { code, output } = await this.run("apply", ...stacks);
			if (code !== 0) throw new Error(output);
		});
		this.#applied = now.catch(() => {});
		return now;
	}

	async pods(namespace: string): Promise<readonly Pod[]> {
		return (await this.ask("GET", `/api/v1/namespaces/${namespace}/pods`)).body.items;
	}

	exec(container: InContainer, ...command: readonly string[]): Promise<string> {
		return execInPod(this.lab, container, ...command);
	}

	/** Reads an object, changes it, and writes it back. */
	// biome-ignore lint/suspicious/noExplicitAny: objects of the API are changed by name
	async change(at: string, edit: (object: any) => void): Promise<void> {
		await waitFor(
			`${at} is changed`,
			async () => {
				const { body } = await this.ask("GET", at);
				edit(body);
				return (await this.ask("PUT", at, body)).status === 200;
			},
			{ within: 10_000 },
		);
	}

	/** Has a controller replace its pods, as `kubectl rollout restart` does. */
	async restart(controller: string): Promise<void> {
		await this.change(controller, ({ spec: { template } }) => {
			template.metadata.annotations = {
				...template.metadata.annotations,
				"kubectl.kubernetes.io/restartedAt": new Date().toISOString(),
			};
		});
	}

	/** Evicts a pod as `kubectl drain` does: again while its budget, which is a moment behind, does not allow it. */
	async evict(namespace: string, name: string): Promise<void> {
		await waitFor(
			`${name} is evicted`,
			async () => (await this.#eviction(namespace, name)).status === 201,
			patient,
		);
	}

	/** What the API server would say to an eviction; the pod stays. */
	tryEviction(namespace: string, name: string) {
		return this.#eviction(namespace, name, { dryRun: ["All"] });
	}

	#eviction(namespace: string, name: string, deleteOptions: object = {}) {
		return this.ask("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
			apiVersion: "policy/v1",
			kind: "Eviction",
			metadata: { name },
			deleteOptions,
		});
	}

	/** Does something while no pod may go to a node: one node at a time, which takes pods again whatever comes of it. */
	cordoned<T>(node: string, work: () => Promise<T>): Promise<T> {
		const cordon = (unschedulable: boolean) =>
			this.change(`/api/v1/nodes/${node}`, ({ spec }) => {
				spec.unschedulable = unschedulable;
			});
		const now = this.#cordoned.then(async () => {
			await cordon(true);
			try {
				return await work();
			} finally {
				await cordon(false);
			}
		});
		this.#cordoned = now.catch(() => {});
		return now;
	}

	/** @throws unless the API server has made it */
	async create(path: string, object: object): Promise<void> {
		const { status, body } = await this.ask("POST", path, object);
		expect({ status, message: body.message }).toMatchObject({ status: 201 });
	}
}
