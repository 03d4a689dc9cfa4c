import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import {
	infrastructurePipelines,
	renderInfrastructurePipeline,
} from "../../constructs/woodpecker/infrastructure-pipelines.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import type { World } from "../../world/world.ts";

/** One generated part of the documentation. */
export interface Generated {
	/** Path from the root of the repository. */
	readonly file: string;
	/** Name of the block between markers; without one the whole file is generated. */
	readonly block?: string;
	/** Markdown. What it needs is loaded when it is rendered. */
	readonly render: () => string | Promise<string>;
}

/** The world that the documentation describes. */
const documentedSite = "home";

let loading: Promise<Site> | undefined;

function site(): Promise<Site> {
	loading ??= import("../../config/load-site.ts").then(({ loadSite }) => loadSite(documentedSite));
	return loading;
}

const siteTables = () => import("./site-tables.ts");
const redisTables = () => import("./redis-tables.ts");
const mailTables = () => import("./mail-tables.ts");
const machineTables = () => import("./machine-tables.ts");
const storageTables = () => import("./storage-tables.ts");
const vaultTables = () => import("./vault-tables.ts");
const woodpeckerTables = () => import("./woodpecker-tables.ts");
const platformTables = () => import("./platform-tables.ts");
const ownerTables = () => import("./owner-tables.ts");
const dnsTables = () => import("./dns-tables.ts");
const backupTables = () => import("./backup-tables.ts");

let building: Promise<InfraApp> | undefined;

/** The stacks of the documented site, built once for all blocks. */
function app(): Promise<InfraApp> {
	building ??= build();
	return building;
}

async function build(): Promise<InfraApp> {
	const { InfraApp } = await import("../../stacks/infra-app.ts");
	const { loadStacks } = await import("../../stacks/catalogue.ts");
	return new InfraApp({ site: await site(), registry: await registry(), stacks: await loadStacks() });
}

/** The lab's registry: the documentation shows no real person. */
async function registry(): Promise<Registry> {
	const { loadSite } = await import("../../config/load-site.ts");
	const { loadRegistry } = await import("../../clients/vault/load-registry.ts");
	return loadRegistry(await loadSite("lab"));
}

/** A group of alerts of a stack. */
async function alerts(stack: string, group: string): Promise<string> {
	const document = (await app()).check().documents.find((one) => one.stack === stack);
	return document === undefined ? "" : (await import("./alert-table.ts")).alertTable(document, group);
}

/** The documented site with its stacks. */
async function world(): Promise<World> {
	return { site: await site(), stacks: (await app()).check().documents };
}

/** Blocks between markers, by page below `docs/` and by name. */
const pages: Readonly<Record<string, Readonly<Record<string, Generated["render"]>>>> = {
	"reference/site": {
		stacks: async () =>
			(await siteTables()).stackTable((await import("../../stacks/catalogue.ts")).catalogue),
		graph: async () => {
			const { renderMermaid, stackGraph } = await import("../graph/stack-graph.ts");
			return `\`\`\`mermaid\n${renderMermaid(stackGraph(await app()))}\n\`\`\``;
		},
		endpoints: async () => (await siteTables()).endpointTable(await site()),
		subnets: async () => (await siteTables()).subnetTable(await site()),
		hosts: async () => (await siteTables()).hostTable(await site()),
		"node-ports": async () => (await siteTables()).nodePortTable(await site()),
	},
	"reference/mail": {
		listeners: async () => (await mailTables()).listenerTable(await site()),
		paths: async () => (await mailTables()).pathDiagram(await site()),
		edge: async () => (await mailTables()).edgeTable(await site()),
		pfsense: async () => (await import("./pfsense-table.ts")).pfsenseTable(await site()),
		addresses: async () => (await mailTables()).addressTable(await site()),
		jobs: async () => (await mailTables()).mailJobTable(await site()),
		alerts: () => alerts("mailserver", "mailserver"),
	},
	"reference/mail-paths": {
		rows: async () => (await import("./mail-path-table.ts")).mailPathTable(),
	},
	"reference/redis": {
		"time-bounds": async () => (await redisTables()).timeBoundTable(await site()),
		consumers: async () => (await redisTables()).consumerTable(await site()),
		alerts: () => alerts("redis", "redis"),
	},
	"reference/storage": {
		"data-kinds": async () => (await storageTables()).dataKindTable(await site()),
		classes: async () => (await storageTables()).classTable(await site()),
		drivers: async () => (await storageTables()).chartTable(await site()),
		growth: async () => (await storageTables()).growthTable(await site()),
		alerts: () => alerts("storage", "storage"),
		backups: async () => (await backupTables()).backupTable(await world()),
		"backup-alerts": () => alerts("storage", "storage-backup"),
		exports: async () => (await import("./export-table.ts")).exportsTable(await site()),
		machines: async () => (await machineTables()).machineTable(await site()),
		templates: async () => (await machineTables()).templateTable(await site()),
	},
	"reference/woodpecker": {
		pipelines: async () => (await woodpeckerTables()).pipelineTable(await site()),
		"deploy-pipeline": async () => (await woodpeckerTables()).deployPipelineExample(await site()),
		alerts: () => alerts("woodpecker", "woodpecker"),
		"certificate-alerts": () => alerts("woodpecker", "certificate"),
	},
	"reference/vault": {
		policies: async () => (await vaultTables()).policyTable(await site()),
		"owner-policies": async () => (await vaultTables()).ownerPolicyTable(await site(), await registry()),
		machines: async () => (await vaultTables()).machineTable(await site()),
		"database-roles": async () => (await vaultTables()).databaseRoleTable(await site()),
		entries: async () => (await vaultTables()).entryTable(await world()),
		"issued-tokens": async () => (await vaultTables()).issuedTokenTable(await site()),
		alerts: () => alerts("vault", "vault"),
	},
	"reference/platform": {
		boundaries: async () => (await import("./boundary-table.ts")).boundaryTable(),
		attacks: async () => (await import("./boundary-table.ts")).attackTable(),
		"accepted-risks": async () => (await platformTables()).riskTable(await site()),
		tiers: async () => (await platformTables()).tierTable(),
		admission: async () => (await platformTables()).admissionTable(await site()),
		"closed-networks": async () => (await platformTables()).closedNetworks(await site()),
		"policy-engine": async () => (await platformTables()).enginePolicyTable(await site()),
		"control-plane": async () => (await platformTables()).controlPlaneFlags(await site()),
		alerts: () => alerts("platform", "tunnel"),
		"audit-policy": async () => (await platformTables()).auditPolicy(),
	},
	"reference/owners": {
		entry: async () => (await ownerTables()).entryTable(),
		reserved: async () => (await ownerTables()).reservedTable(),
		"owner-resources": async () =>
			(await ownerTables()).ownerResourcesTable((await app()).check().documents, await registry()),
	},
	"reference/dns": {
		"virtual-hosts": async () => (await dnsTables()).virtualHostTable(await site()),
		ingresses: async () => (await dnsTables()).ingressTable(await world()),
		records: async () => (await dnsTables()).recordTable(await world()),
		"report-consent": async () => (await dnsTables()).reportConsentTable(await site()),
	},
	"reference/drift": {
		metrics: async () => (await import("./drift-table.ts")).driftMetricTable(),
		alerts: () => alerts("woodpecker", "infrastructure-drift"),
	},
	"runbooks/onboarding": {
		tools: async () => (await import("./newcomer-tables.ts")).toolTable(await site()),
	},
	"reference/command": {
		environment: async () => (await import("./environment-table.ts")).environmentTable(),
	},
};

const fileOf = (page: string) => `docs/${page}.md`;

/** Everything that `infra docs` writes. */
export const generated: readonly Generated[] = [
	{
		file: fileOf("reference/rules"),
		render: async () => (await import("../../rules/render-rules.ts")).renderRules(),
	},
	{
		file: fileOf("reference/review"),
		render: async () => (await import("../../review/render-classes.ts")).renderClasses(),
	},
	...infrastructurePipelines.map((pipeline) => ({
		file: `.woodpecker/${pipeline.name}.yaml`,
		render: async () => renderInfrastructurePipeline(await site(), pipeline),
	})),
	...Object.entries(pages).flatMap(([page, blocks]) =>
		Object.entries(blocks).map(([block, render]) => ({ file: fileOf(page), block, render })),
	),
];
