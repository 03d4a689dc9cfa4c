import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1/index.js";
import { Construct } from "constructs";
import { MiB } from "../../config/schema/quantity.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { tiers } from "../../config/tiers.ts";
import { ExternalSecret } from "../kubernetes/external-secret.ts";
import { type OwnerProtection, renderOwnerIngress } from "../kubernetes/owner-ingress.ts";
import type { PodUser } from "../kubernetes/pod.ts";
import { Service } from "../kubernetes/service.ts";
import { Workload } from "../kubernetes/workload.ts";
import { registryOf } from "../registry.ts";
import { siteOf } from "../site.ts";
import { AppNotAllowed, codeProblems, ownerOf, registryProblems } from "./owner-app-problems.ts";
import { TenantSecretStore } from "./tenant-secret-store.ts";

export interface OwnerAppProps extends OwnerProtection {
	/** Key of the owner in the registry. */
	readonly owner: string;
	/** One of their namespaces. */
	readonly namespace: string;
	/** Name of its objects, and of the container whose image pipelines set. */
	readonly app: string;
	/** Image with a fixed tag. */
	readonly image: string;
	/**
	 * Whether the owner's pipeline sets the image after the first deploy, so that changes of it are ignored. @default
	 * false
	 */
	readonly imageFromPipeline?: boolean;
	/** Port of the app, on every address of its pod; above 1023, since it does not run as root. */
	readonly port: number;
	/** One of the owner's domains. @default none: reached from inside the cluster only */
	readonly host?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Environment variables from keys of the entry `<owner>/<app>` below the KV mount, read at run time. */
	readonly secrets?: Readonly<Record<string, string>>;
	/** CPU request, and memory in bytes. @default 10m and 256Mi */
	readonly resources?: { readonly cpu?: string; readonly memory?: number };
	/** Number of pods; none while the owner is disabled. @default 1 */
	readonly replicas?: number;
	/** @default 1000:1000 */
	readonly user?: PodUser;
	/** Whether the root file system is writable. @default false */
	readonly writableRoot?: boolean;
}

/**
 * An app in a namespace of the registry (docs/reference/owners.md#what-the-stacks-make): pods that Pod Security level
 * `restricted` admits, a Service, and, with a host, an ingress. The certificate is the ingress controller's, and the
 * stack `platform` makes the record for every domain of the registry.
 *
 * The app of a disabled owner has no pods, so that their code does not run on with its secrets; its other objects stay,
 * and nothing has to be made anew when the owner is enabled.
 *
 * @throws AppNotAllowed with everything that the registry does not allow, Error with mistakes in the code
 */
export class OwnerApp extends Construct {
	readonly workload: Workload;
	readonly service: Service;

	constructor(scope: Construct, id: string, props: OwnerAppProps) {
		super(scope, id);
		const registry = registryOf(this);
		const wrong = [...codeProblems(props)];
		const refused = [...registryProblems(registry, props)];
		const text = [`${this.node.path}:`, ...[...refused, ...wrong].map((one) => `  ${one}`)].join("\n");
		if (wrong.length > 0) throw new VisibleError(text);
		if (refused.length > 0) throw new AppNotAllowed(text);
		const { owner, app, image, port, env = {}, secrets = {}, resources = {}, replicas = 1 } = props;
		const namespace = { name: props.namespace, literalName: props.namespace, tier: tiers.aux };
		const secret =
			Object.keys(secrets).length === 0
				? undefined
				: new ExternalSecret(this, "secret", {
						namespace,
						name: app,
						store: new TenantSecretStore(this, "store", { namespace, name: app }).storeName,
						from: Object.fromEntries(
							Object.values(secrets).map((key) => [key, { path: `${owner}/${app}`, key }]),
						),
					});
		this.workload = new Workload(this, "workload", {
			namespace,
			name: app,
			replicas: ownerOf(registry, owner)?.disabled ? 0 : replicas,
			user: props.user ?? { uid: 1000, gid: 1000 },
			containers: [
				{
					name: app,
					image,
					ports: { http: port },
					env,
					...(secret
						? {
								secrets: Object.fromEntries(
									Object.entries(secrets).map(([name, key]) => [name, { secret: secret.secretName, key }]),
								),
							}
						: {}),
					cpu: resources.cpu ?? "10m",
					memory: resources.memory ?? 256 * MiB,
					writableRoot: props.writableRoot ?? false,
					readiness: { tcp: "http" },
				},
			],
		});
		if (props.imageFromPipeline)
			this.workload.resource.lifecycle = {
				ignoreChanges: ["spec[0].template[0].spec[0].container[0].image"],
			};
		this.service = new Service(this, "service", { pods: this.workload, name: app });
		if (props.host !== undefined) this.#publish(props.host, props);
	}

	#publish(host: string, { namespace, app, port, ...protection }: OwnerAppProps): void {
		new IngressV1(
			this,
			"ingress",
			renderOwnerIngress(siteOf(this), {
				namespace,
				app,
				host,
				backend: { name: this.service.name, port },
				protection,
			}),
		);
	}
}
