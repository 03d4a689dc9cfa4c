import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { rollOnChange } from "../kubernetes/annotations.ts";
import { type ChartResources, chartResources } from "../kubernetes/chart-resources.ts";
import { type AgentEnvironment, agentEnvironment, agentName, type Backend } from "./agent-environment.ts";
import { type ServerEnvironment, serverEnvironment } from "./server-environment.ts";
import { serverService } from "./server-service.ts";

interface Image {
	readonly registry: string;
	readonly repository: string;
	readonly tag: string;
}

/** Security context: no privileges. */
const confined = {
	runAsNonRoot: true,
	runAsUser: 1000,
	runAsGroup: 1000,
	allowPrivilegeEscalation: false,
	capabilities: { drop: ["ALL"] },
	seccompProfile: { type: "RuntimeDefault" },
} as const;

interface Component<Environment> {
	readonly enabled: true;
	readonly image: Image;
	readonly podAnnotations: Readonly<Record<string, string>>;
	/** Every value is a string: the chart makes variables without a value of anything else. */
	readonly env: Environment;
	/** Secrets whose keys are named like the variables that they become. */
	readonly extraSecretNamesForEnvFrom: readonly string[];
	readonly securityContext: typeof confined;
	readonly resources: ChartResources;
}

interface Server extends Component<ServerEnvironment> {
	readonly statefulSet: {
		readonly annotations: Readonly<Record<string, string>>;
		readonly replicaCount: 1;
	};
	/** The chart would generate a random one at every rendering. */
	readonly createAgentSecret: false;
	readonly service: { readonly type: "ClusterIP"; readonly port: number };
	readonly ingress: { readonly enabled: false };
	readonly persistentVolume: { readonly enabled: false };
}

interface Agent extends Component<AgentEnvironment> {
	readonly replicaCount: number;
	readonly mapAgentSecret: false;
	readonly persistence: { readonly enabled: false };
	readonly serviceAccount: {
		readonly create: true;
		readonly name: string;
		/** Makes the Role in the namespace of the backend; a key `rbac` beside `serviceAccount` has no effect. */
		readonly rbac: { readonly create: true };
	};
	readonly topologySpreadConstraints: readonly {
		readonly maxSkew: 1;
		readonly topologyKey: "kubernetes.io/hostname";
		readonly whenUnsatisfiable: "ScheduleAnyway";
		readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
	}[];
}

/** Keys of the chart `woodpecker` 3.6 that are set here. */
export interface WoodpeckerValues {
	readonly server: Server | { readonly enabled: false };
	readonly agent: Agent | { readonly enabled: false };
}

/** Secrets that the containers take variables from. */
export interface WoodpeckerSecrets {
	readonly server: string;
	readonly database: string;
	/** Secret with which the agents of the infrastructure's pipelines, and no others, authenticate at the server. */
	readonly agent: string;
}

/** Labels that select the pods of a component of a release. */
export function componentLabels(release: string, component: "server" | "agent") {
	return { "app.kubernetes.io/name": component, "app.kubernetes.io/instance": release } as const;
}

export interface AgentValuesProps {
	readonly release: string;
	readonly backend: Backend;
	/** Secret that the agent authenticates with. */
	readonly secret: string;
}

/** Values of a release with agents only. */
export function agentValues(
	site: Site,
	props: AgentValuesProps,
): WoodpeckerValues & { readonly agent: Agent } {
	return { server: { enabled: false }, agent: agent(site, props) };
}

/** Values of the release of the server. */
export function serverValues(
	site: Site,
	secrets: WoodpeckerSecrets,
	registry: Pick<Registry, "owners">,
): WoodpeckerValues {
	const { images, memory } = site.woodpecker;
	const { server, database, agent } = secrets;
	return {
		server: {
			enabled: true,
			image: imageParts(images.server),
			statefulSet: { annotations: { [rollOnChange.search]: "true" }, replicaCount: 1 },
			podAnnotations: { [rollOnChange.search]: "true" },
			env: serverEnvironment(site, registry),
			extraSecretNamesForEnvFrom: [server, agent, database],
			createAgentSecret: false,
			service: { type: "ClusterIP", port: serverService.ports.http },
			ingress: { enabled: false },
			persistentVolume: { enabled: false },
			securityContext: confined,
			resources: chartResources(memory.server),
		},
		agent: { enabled: false },
	};
}

function agent(site: Site, { release, backend, secret }: AgentValuesProps): Agent {
	const { images, memory } = site.woodpecker;
	return {
		enabled: true,
		image: imageParts(images.agent),
		replicaCount: backend.agents,
		podAnnotations: { [rollOnChange.search]: "true" },
		env: agentEnvironment(site, backend),
		extraSecretNamesForEnvFrom: [secret],
		mapAgentSecret: false,
		persistence: { enabled: false },
		serviceAccount: { create: true, name: agentName(release), rbac: { create: true } },
		securityContext: confined,
		resources: chartResources(memory.agent),
		topologySpreadConstraints: [
			{
				maxSkew: 1,
				topologyKey: "kubernetes.io/hostname",
				whenUnsatisfiable: "ScheduleAnyway",
				labelSelector: { matchLabels: componentLabels(release, "agent") },
			},
		],
	};
}

/** An image split into the parts that the chart takes; a digest may follow the tag, and cannot replace it. */
function imageParts(image: string): Image {
	const [, registry, repository, tag] = /^([^/]+)\/([^:@]+):(.+)$/.exec(image) ?? [];
	if (registry === undefined || repository === undefined || tag === undefined)
		throw new VisibleError(`woodpecker.images: the chart takes no image without a tag, such as ${image}`);
	return { registry, repository, tag };
}
