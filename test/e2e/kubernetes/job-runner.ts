import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Container } from "../harness/container.ts";
import type { ControlPlane } from "../harness/control-plane.ts";
import type { Block, DeployedContainer, DeployedStack } from "../harness/deployed-stack.ts";

export interface Workload {
	readonly container: DeployedContainer;
	/** Folders of this machine that stand in for volumes, by mount path. */
	readonly volumes: Readonly<Record<string, string>>;
	readonly env?: Readonly<Record<string, string>>;
}

export interface RunnerProps {
	readonly namespace: string;
	/** Empty folder for the files of containers. */
	readonly folder: string;
	/** What the pods of jobs run, by their label `app`. */
	readonly jobs: Readonly<Record<string, Workload>>;
	/** What runs while a pod of a Deployment does. */
	readonly server: { readonly start: () => Promise<void>; readonly stop: () => Promise<void> };
}

/**
 * Does for the pods of a namespace what a node would: it takes them, runs the containers of jobs as processes here, starts and
 * stops one server with its Deployment, and tells the API server.
 */
export class JobRunner {
	/** A job goes on only while this is unset. */
	held: Promise<void> | undefined;
	readonly #plane: ControlPlane;
	readonly #props: RunnerProps;
	readonly #seen = new Map<string, ChildProcess | undefined>();
	#serving = "";
	#stopped = false;
	readonly #done: Promise<void>;

	constructor(plane: ControlPlane, props: RunnerProps) {
		this.#plane = plane;
		this.#props = props;
		this.#done = this.#run();
	}

	async stop(): Promise<void> {
		this.#stopped = true;
		await this.#done;
	}

	async #run(): Promise<void> {
		const path = `/api/v1/namespaces/${this.#props.namespace}/pods`;
		while (!this.#stopped) {
			const { body } = await this.#plane.ask("GET", path);
			for (const pod of body.items ?? []) await this.#take(`${path}/${pod.metadata.name}`, pod);
			await sleep(100);
		}
		await this.#props.server.stop();
	}

	async #take(path: string, pod: Block): Promise<void> {
		const { name, uid, deletionTimestamp, labels } = pod.metadata;
		if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed") return;
		if (deletionTimestamp !== undefined) {
			if (this.#serving === uid) await this.#props.server.stop();
			this.#serving = this.#serving === uid ? "" : this.#serving;
			this.#seen.get(uid)?.kill();
			await this.#plane.ask("DELETE", `${path}?gracePeriodSeconds=0`);
		} else if (pod.spec.nodeName === undefined) {
			const target = { kind: "Node", name: "here" };
			await this.#plane.ask("POST", `${path}/binding`, { metadata: { name }, target });
		} else if (!this.#seen.has(uid)) {
			this.#seen.set(uid, undefined);
			const job = this.#props.jobs[labels.app];
			await this.#status(path, "Running");
			if (job === undefined) {
				await this.#props.server.start();
				this.#serving = uid;
			} else void this.#runJob(path, pod, job);
		}
	}

	async #runJob(path: string, pod: Block, { container, volumes, env }: Workload): Promise<void> {
		await this.held;
		const root = mkdtempSync(join(this.#props.folder, "job-"));
		const own = pod.spec.containers[0].env
			.filter((one: Block) => one.value !== undefined && ["COPY", "FILE", "EXISTING"].includes(one.name))
			.map((one: Block) => [one.name, one.value]);
		const program = new Container({
			deployed: container,
			root,
			volumes,
			env: { ...env, ...Object.fromEntries(own) },
		});
		const [command = "", ...args] = program.command;
		const child = spawn(command, args, { env: program.env, stdio: "ignore" });
		this.#seen.set(pod.metadata.uid, child);
		const [code] = await once(child, "exit");
		await this.#status(path, code === 0 ? "Succeeded" : "Failed");
	}

	async #status(path: string, phase: string): Promise<void> {
		await this.#plane.ask("PATCH", `${path}/status`, { status: { phase } });
	}
}

/** A CronJob of a stack as the API server takes it: what commands read of it, and make jobs from. Claims are called as volumes are. */
export function cronJobOf(stack: DeployedStack, name: string): Block {
	const { container, volume } = stack.pod("cron_job", name);
	return {
		apiVersion: "batch/v1",
		kind: "CronJob",
		metadata: { name },
		spec: {
			schedule: "0 3 * * *",
			suspend: true,
			jobTemplate: {
				metadata: { labels: { app: name } },
				spec: {
					backoffLimit: 0,
					template: {
						metadata: { labels: { app: name } },
						spec: {
							restartPolicy: "Never",
							containers: container.map((one: Block) => ({
								name: one.name,
								image: one.image,
								command: one.command,
								env: one.env.filter(({ value }: Block) => value !== undefined),
								volumeMounts: one.volume_mount.map((mount: Block) => ({
									name: mount.name,
									mountPath: mount.mount_path,
									readOnly: mount.read_only ?? false,
								})),
							})),
							volumes: volume.map(({ name: id, persistent_volume_claim: claim }: Block) =>
								claim === undefined
									? { name: id, emptyDir: {} }
									: { name: id, persistentVolumeClaim: { claimName: id } },
							),
						},
					},
				},
			},
		},
	};
}
