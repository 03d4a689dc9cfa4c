import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { fromLiteral } from "../../../world/literal.ts";
import type { StackDocument } from "../../../world/world.ts";

const stacks = await loadStacks();

/** Registry of every site in these tests: the example of the lab. */
const labRegistry = await loadRegistry(await loadSite("lab"));

// biome-ignore lint/suspicious/noExplicitAny: documents are read the way Terraform reads them, by name
export type Block = any;

type WorkloadType = "stateful_set" | "deployment" | "cron_job";

/** What stands here for the value of a key of a Secret, in a file. */
export function secretValue(key: string): string {
	return `dummy "${key}"`;
}

/** A program as its pod template describes it. */
export interface DeployedContainer {
	/** The whole command line. */
	readonly command: readonly string[];
	/** What its readiness is judged by, where that is a command. */
	readonly readiness: readonly string[];
	/** What its start-up is judged by, where that is a command. */
	readonly startup: readonly string[];
	/** Arguments of setpriv(1) that leave a process of root the rights which it has there. */
	readonly privileges: readonly string[];
	/** Numbers of its ports by name. */
	readonly ports: Readonly<Record<string, number>>;
	readonly preStop: readonly string[];
	/** Values by name; fields of the pod appear as `metadata.name` and the like, those of Secrets as their key. */
	readonly env: Readonly<Record<string, string>>;
	/** Files by mount path: those of a ConfigMap or a Secret, or none for a volume that begins empty. */
	readonly mounts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What one stack of a site puts into the cluster, read from the document that Terraform would get. */
export class DeployedStack {
	readonly #document: StackDocument;

	constructor(site: Site, stack: string) {
		const outdir = mkdtempSync(join(tmpdir(), "infra-document-"));
		const app = new InfraApp({
			site,
			registry: labRegistry,
			stacks: stacks.filter(({ name }) => name === stack),
			outdir,
		});
		const [document] = app.check().documents;
		rmSync(outdir, { recursive: true });
		if (document === undefined) throw new Error(`the site has no stack ${stack}`);
		this.#document = document;
	}

	/** Files of a ConfigMap, to the byte as they will be mounted. */
	files(configMap: string): Record<string, string> {
		return unescaped(this.#find("kubernetes_config_map_v1", ({ name }) => name === configMap).data);
	}

	/** An argument of the resource of a type whose `name` is given. */
	argument(type: string, name: string, argument: string): string {
		const { arguments: given } =
			this.#document.resources.find(
				(resource) => resource.type === type && resource.arguments.name === name,
			) ?? {};
		if (given === undefined) throw new Error(`${this.#document.stack} has no ${type} ${name}`);
		return fromLiteral(String(given[argument]));
	}

	/** Records of the zone, as the DNS provider gets them. */
	records(): readonly { name: string; type: string; content: string; priority?: number; data?: Block }[] {
		return this.#document.resources
			.filter(({ type }) => type === "cloudflare_dns_record")
			.map(({ arguments: given }) => {
				const { name, type, content, priority, data } = given as Block;
				return { name, type, content: fromLiteral(String(content)), priority, data };
			});
	}

	/** Files of every ConfigMap that carries a label. */
	labelled(key: string, value: string): Record<string, string> {
		return unescaped(this.#find("kubernetes_config_map_v1", ({ labels }) => labels?.[key] === value).data);
	}

	/** Specification of a workload's pods, as Terraform spells it. @param type without `kubernetes_` and `_v1` */
	pod(type: WorkloadType, workload: string): Block {
		const { spec } = this.#find(`kubernetes_${type}_v1`, (metadata) => metadata.name === workload);
		return (spec.job_template?.spec ?? spec).template.spec;
	}

	/** @param type of the workload, without `kubernetes_` and `_v1` */
	container(type: WorkloadType, workload: string, name: string): DeployedContainer {
		const pod = this.pod(type, workload);
		const container = pod.container.find((candidate: Block) => candidate.name === name);
		if (container === undefined) throw new Error(`${workload} has no container ${name}`);
		const configMaps = new Map<string, string>(
			pod.volume.flatMap((volume: Block) =>
				volume.config_map ? [[volume.name, volume.config_map.name]] : [],
			),
		);
		const secrets = new Map<string, string>(
			pod.volume.flatMap((volume: Block) =>
				volume.secret ? [[volume.name, volume.secret.secret_name]] : [],
			),
		);
		return {
			command: [...(container.command ?? []), ...(container.args ?? [])],
			readiness: container.readiness_probe?.exec?.command ?? [],
			startup: container.startup_probe?.exec?.command ?? [],
			privileges: privilegesOf(container.security_context ?? {}),
			ports: Object.fromEntries(
				(container.port ?? []).map((port: Block) => [port.name, port.container_port]),
			),
			preStop: container.lifecycle?.pre_stop?.[0]?.exec.command ?? [],
			env: Object.fromEntries(
				container.env.map((variable: Block) => [
					variable.name,
					variable.value ??
						variable.value_from.field_ref?.field_path ??
						variable.value_from.secret_key_ref.key,
				]),
			),
			mounts: Object.fromEntries(
				container.volume_mount.map((mount: Block) => {
					const configMap = configMaps.get(mount.name);
					const secret = secrets.get(mount.name);
					const files = configMap === undefined ? {} : this.files(configMap);
					return [mount.mount_path, secret === undefined ? files : this.#secretFiles(secret)];
				}),
			),
		};
	}

	/** Arguments of the Kubernetes object of a type with a name. */
	object(type: string, name: string): Block {
		return this.#find(type, (metadata) => metadata.name === name);
	}

	/** Files of a Secret that the operator copies from Vault; none of one that is made in another way. */
	#secretFiles(name: string): Record<string, string> {
		const keys = this.#document.resources
			.map(({ arguments: { manifest } }) => (manifest as Block)?.spec)
			.filter((spec) => spec?.target?.name === name)
			.flatMap(({ data = [] }) => data.map(({ secretKey }: Block) => secretKey));
		return Object.fromEntries(keys.map((key) => [key, secretValue(key)]));
	}

	#find(type: string, matches: (metadata: Block) => boolean): Block {
		const found = this.#document.resources.filter(
			(resource) => resource.type === type && matches((resource.arguments as Block).metadata),
		);
		if (found.length !== 1) throw new Error(`${this.#document.stack} has ${found.length} such ${type}`);
		return found[0]?.arguments;
	}
}

function privilegesOf({ allow_privilege_escalation, capabilities }: Block): string[] {
	const kept = (capabilities?.add ?? []).map((name: string) => `+${name.toLowerCase()}`);
	const sets = ["-all", ...kept].join(",");
	const bounds = [`--bounding-set=${sets}`, `--inh-caps=${sets}`];
	return allow_privilege_escalation === false ? ["--no-new-privs", ...bounds] : bounds;
}

function unescaped(data: Record<string, string>): Record<string, string> {
	return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, fromLiteral(text)]));
}
