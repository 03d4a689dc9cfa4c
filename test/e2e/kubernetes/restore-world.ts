import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kubectl } from "../../../cli/restore/job.ts";
import { run } from "../../../clients/host/run.ts";
import { ControlPlane } from "../harness/control-plane.ts";
import { waitFor } from "../harness/wait-for.ts";
import type { JobRunner } from "./job-runner.ts";

export const soon = { within: 60_000, every: 200 };

/** Milliseconds between two looks of a command at its job. */
export const look = 200;

/** A cluster with one namespace in which data are restored, and with the command that reaches it. */
export class RestoreWorld {
	readonly namespace: string;
	readonly #folder: string;
	readonly #plane: ControlPlane;

	private constructor(namespace: string, folder: string, plane: ControlPlane) {
		this.namespace = namespace;
		this.#folder = folder;
		this.#plane = plane;
	}

	static async start(namespace: string): Promise<RestoreWorld> {
		const folder = mkdtempSync(join(tmpdir(), `infra-restore-${namespace}-`));
		mkdirSync(join(folder, "plane"));
		const plane = await ControlPlane.start(join(folder, "plane"));
		const world = new RestoreWorld(namespace, folder, plane);
		await world.create("/api/v1/nodes", { metadata: { name: "here" } });
		await world.create("/api/v1/namespaces", { metadata: { name: namespace } });
		const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
		await waitFor("the account of pods", async () => (await plane.ask("GET", account)).status === 200, soon);
		return world;
	}

	get plane(): ControlPlane {
		return this.#plane;
	}

	/** Path of a file of the world. */
	readonly at = (...names: string[]) => join(this.#folder, ...names);

	readonly kubectl: Kubectl = (args, input) =>
		run("kubectl", [...args, `--kubeconfig=${this.#plane.kubeconfig}`], {
			input,
			signal: "left to the caller",
		});

	/** The same of a command that is killed at a call: nothing that comes after it is done. */
	killedAt(call: RegExp, when: "before" | "after"): Kubectl {
		let dead = false;
		return async (args, input) => {
			if (dead) throw new Error("killed");
			dead = call.test(args.join(" "));
			if (dead && when === "before") throw new Error("killed");
			const answer = await this.kubectl(args, input);
			if (dead) throw new Error("killed");
			return answer;
		};
	}

	async create(path: string, object: object): Promise<void> {
		const { status, body } = await this.#plane.ask("POST", path, object);
		if (status !== 201) throw new Error(`${path}: ${JSON.stringify(body)}`);
	}

	/** Jobs that have not ended, as the command sees it: conditions of another kind come before that of the end. */
	async jobsGoOn(): Promise<number> {
		const { body } = await this.#plane.ask("GET", `/apis/batch/v1/namespaces/${this.namespace}/jobs`);
		return body.items.filter(
			({ status }: { status: { conditions?: readonly { type: string }[] } }) =>
				!status.conditions?.some(({ type }) => type === "Complete" || type === "Failed"),
		).length;
	}

	async stop(): Promise<void> {
		await this.#plane.stop();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

/** Hold of a job until it is called. */
export function hold(node: JobRunner): () => void {
	let release = () => {};
	node.held = new Promise((resolve) => {
		release = resolve;
	});
	return () => {
		node.held = undefined;
		release();
	};
}
