import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseState } from "../../../engine/state/rewrite/state-document.ts";
import { providers } from "../../../stacks/providers.ts";
import { infra, type StartOptions } from "../../cli/infra-process.ts";
import type { ControlPlane } from "../harness/control-plane.ts";
import { waitFor } from "../harness/wait-for.ts";

const run = promisify(execFile);
const required_providers = { kubernetes: { source: "hashicorp/kubernetes" } };

/** A root module of plain Terraform with a state file beside it, in the cluster of a test. */
export class OldTerraform {
	readonly folder: string;
	readonly #plane: ControlPlane;

	constructor(folder: string, plane: ControlPlane) {
		mkdirSync(folder, { recursive: true });
		this.folder = folder;
		this.#plane = plane;
	}

	get state(): string {
		return join(this.folder, "terraform.tfstate");
	}

	/** @param module whether the resources lie in a module. @default false */
	async apply(resource: object, { module = false } = {}): Promise<void> {
		const provider = { kubernetes: { config_path: this.#plane.kubeconfig } };
		const write = (file: string, document: object) =>
			writeFileSync(join(this.folder, file), JSON.stringify(document, null, 1));
		if (module) mkdirSync(join(this.folder, "modules"), { recursive: true });
		write("main.tf.json", {
			terraform: { required_providers },
			provider,
			...(module ? { module: { redis: { source: "./modules" } } } : { resource }),
		});
		if (module) write("modules/main.tf.json", { terraform: { required_providers }, resource });
		await this.terraform("init", "-input=false");
		await this.terraform("apply", "-auto-approve", "-input=false");
	}

	async terraform(...args: string[]): Promise<string> {
		const env = { ...process.env, CHECKPOINT_DISABLE: "1", NO_COLOR: "1" };
		try {
			return (await run("terraform", args, { cwd: this.folder, env, maxBuffer: 64 * 1024 ** 2 })).stdout;
		} catch (error) {
			const { stdout, stderr } = error as { stdout: string; stderr: string };
			throw new Error(`terraform ${args[0]}: ${stderr || stdout}`);
		}
	}
}

/** The command on stacks of a test, in a folder of its own. */
export function stacksOf(
	folder: string,
	plane: ControlPlane,
	resources: Readonly<Record<string, object>>,
	more: NodeJS.ProcessEnv = {},
) {
	const names = Object.keys(resources);
	const blocks = Object.fromEntries(
		names.map((name) => [
			name,
			{
				resource: resources[name],
				"terraform.required_providers.kubernetes": {
					...required_providers.kubernetes,
					version: providers.kubernetes?.version,
				},
				provider: { kubernetes: [{ config_path: plane.kubeconfig }] },
			},
		]),
	);
	const environment: NodeJS.ProcessEnv = {
		CDKTF_OUTDIR: join(folder, "out"),
		FAKE_SITE: "mine",
		FAKE_STATE: JSON.stringify({ kind: "local", directory: join(folder, "state") }),
		FAKE_WORLD: JSON.stringify(Object.fromEntries(names.map((name) => [name, {}]))),
		FAKE_BLOCKS: JSON.stringify(blocks),
		FAKE_KUBECONFIG: plane.kubeconfig,
		NO_COLOR: "1",
		...more,
	};
	mkdirSync(folder, { recursive: true });
	const maps = join(folder, "maps");
	return {
		folder,
		maps,
		run: (args: string, onOutput: StartOptions["onOutput"] = () => {}) =>
			infra(args.split(" "), { program: "test/cli/fake-infra.ts", env: environment, onOutput }),
		/** A command of adoption that takes the maps. */
		adopt(args: string, onOutput: StartOptions["onOutput"] = () => {}) {
			const [command = "", ...rest] = args.split(" ");
			return this.run(["adopt", command, ...rest, "--folder", maps].join(" "), onOutput);
		},
		stateFile: (stack: string) => join(folder, "state", stack, "terraform.tfstate"),
		addresses(stack: string): string[] {
			const file = this.stateFile(stack);
			return existsSync(file) ? addressesIn(file) : [];
		},
		map: (stack: string) => readFileSync(join(maps, `${stack}.yaml`), "utf8"),
		edit(stack: string, change: (text: string) => string) {
			writeFileSync(join(maps, `${stack}.yaml`), change(this.map(stack)));
		},
	};
}

/** Addresses of the objects of a state file. */
export const addressesIn = (file: string): string[] =>
	objectsOf(parseState(readFileSync(file, "utf8")))
		.filter((address) => !/^(.*\.)?data\./.test(address))
		.sort();

/** Identities of the objects of a namespace, as the API server has given them, once controllers have made theirs. */
export async function uidsOf(plane: ControlPlane, namespace: string): Promise<Record<string, string>> {
	const found = await waitFor(
		`what controllers make in ${namespace}`,
		async () => {
			const objects = await objectsIn(plane, namespace);
			return madeByControllers(objects).every((name) => namesOf(objects).includes(name)) && objects;
		},
		{ within: 60_000, every: 500 },
	);
	return Object.fromEntries(found.map((object) => [namesOf([object])[0], object.metadata.uid]));
}

interface LiveObject {
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly uid: string };
	readonly spec?: {
		readonly replicas?: number;
		readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
	};
}

const namesOf = (objects: readonly LiveObject[]) =>
	objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

/** What every namespace gets, and the claims of the first pod of a set: the pods here never are ready for a second one. */
function madeByControllers(objects: readonly LiveObject[]): string[] {
	const claims = objects.flatMap(({ kind, metadata: { name }, spec }) =>
		kind !== "StatefulSet" || spec?.replicas === 0
			? []
			: (spec?.volumeClaimTemplates ?? []).map(
					({ metadata }) => `PersistentVolumeClaim ${metadata.name}-${name}-0`,
				),
	);
	return ["ConfigMap kube-root-ca.crt", "ServiceAccount default", ...claims];
}

async function objectsIn(plane: ControlPlane, namespace: string): Promise<readonly LiveObject[]> {
	const kinds =
		"configmaps,secrets,services,serviceaccounts,persistentvolumeclaims,deployments,statefulsets,cronjobs,poddisruptionbudgets,networkpolicies,limitranges,roles";
	const { stdout } = await run(
		"kubectl",
		[`--kubeconfig=${plane.kubeconfig}`, "get", kinds, `--namespace=${namespace}`, "--output=json"],
		{
			maxBuffer: 64 * 1024 ** 2,
		},
	);
	return (JSON.parse(stdout) as { readonly items: readonly LiveObject[] }).items;
}
