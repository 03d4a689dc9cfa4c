import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
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

const siteFile = "docs/reference/site.md";
const redisFile = "docs/reference/redis.md";
const mailFile = "docs/reference/mail.md";
const vaultFile = "docs/reference/vault.md";
const woodpeckerFile = "docs/reference/woodpecker.md";
const storageFile = "docs/reference/storage.md";
const platformFile = "docs/reference/platform.md";
const ownersFile = "docs/reference/owners.md";
const dnsFile = "docs/reference/dns.md";

/** Everything that `infra docs` writes. */
export const generated: readonly Generated[] = [
	{
		file: "docs/reference/rules.md",
		render: async () => (await import("../../rules/render-rules.ts")).renderRules(),
	},
	{
		file: siteFile,
		block: "stacks",
		render: async () =>
			(await siteTables()).stackTable((await import("../../stacks/catalogue.ts")).catalogue),
	},
	{
		file: siteFile,
		block: "graph",
		render: async () => {
			const { renderMermaid, stackGraph } = await import("../graph/stack-graph.ts");
			return `\`\`\`mermaid\n${renderMermaid(stackGraph(await app()))}\n\`\`\``;
		},
	},
	{
		file: siteFile,
		block: "endpoints",
		render: async () => (await siteTables()).endpointTable(await site()),
	},
	{ file: siteFile, block: "subnets", render: async () => (await siteTables()).subnetTable(await site()) },
	{ file: siteFile, block: "hosts", render: async () => (await siteTables()).hostTable(await site()) },
	{
		file: siteFile,
		block: "node-ports",
		render: async () => (await siteTables()).nodePortTable(await site()),
	},
	{
		file: mailFile,
		block: "listeners",
		render: async () => (await mailTables()).listenerTable(await site()),
	},
	{
		file: mailFile,
		block: "paths",
		render: async () => (await mailTables()).pathDiagram(await site()),
	},
	{
		file: mailFile,
		block: "edge",
		render: async () => (await mailTables()).edgeTable(await site()),
	},
	{
		file: mailFile,
		block: "pfsense",
		render: async () => (await import("./pfsense-table.ts")).pfsenseTable(await site()),
	},
	{
		file: mailFile,
		block: "addresses",
		render: async () => (await mailTables()).addressTable(await site()),
	},
	{
		file: mailFile,
		block: "jobs",
		render: async () => (await mailTables()).mailJobTable(await site()),
	},
	{
		file: mailFile,
		block: "alerts",
		render: () => alerts("mailserver", "mailserver"),
	},
	{
		file: redisFile,
		block: "time-bounds",
		render: async () => (await redisTables()).timeBoundTable(await site()),
	},
	{
		file: redisFile,
		block: "consumers",
		render: async () => (await redisTables()).consumerTable(await site()),
	},
	{
		file: redisFile,
		block: "alerts",
		render: () => alerts("redis", "redis"),
	},
	{
		file: storageFile,
		block: "data-kinds",
		render: async () => (await storageTables()).dataKindTable(await site()),
	},
	{
		file: storageFile,
		block: "classes",
		render: async () => (await storageTables()).classTable(await site()),
	},
	{
		file: storageFile,
		block: "drivers",
		render: async () => (await storageTables()).chartTable(await site()),
	},
	{
		file: storageFile,
		block: "growth",
		render: async () => (await storageTables()).growthTable(await site()),
	},
	{
		file: storageFile,
		block: "alerts",
		render: () => alerts("storage", "storage"),
	},
	{
		file: storageFile,
		block: "backups",
		render: async () => (await backupTables()).backupTable(await world()),
	},
	{
		file: storageFile,
		block: "backup-alerts",
		render: () => alerts("storage", "storage-backup"),
	},
	{
		file: storageFile,
		block: "exports",
		render: async () => (await import("./export-table.ts")).exportsTable(await site()),
	},
	{
		file: storageFile,
		block: "machines",
		render: async () => (await machineTables()).machineTable(await site()),
	},
	{
		file: storageFile,
		block: "templates",
		render: async () => (await machineTables()).templateTable(await site()),
	},
	{
		file: woodpeckerFile,
		block: "pipelines",
		render: async () => (await woodpeckerTables()).pipelineTable(await site()),
	},
	{
		file: woodpeckerFile,
		block: "deploy-pipeline",
		render: async () => (await woodpeckerTables()).deployPipelineExample(await site()),
	},
	{ file: woodpeckerFile, block: "alerts", render: () => alerts("woodpecker", "woodpecker") },
	{
		file: vaultFile,
		block: "policies",
		render: async () => (await vaultTables()).policyTable(await site(), await registry()),
	},
	{
		file: vaultFile,
		block: "owner-policies",
		render: async () => (await vaultTables()).ownerPolicyTable(await site(), await registry()),
	},
	{
		file: vaultFile,
		block: "machines",
		render: async () => (await vaultTables()).machineTable(await site()),
	},
	{
		file: vaultFile,
		block: "database-roles",
		render: async () => (await vaultTables()).databaseRoleTable(await site()),
	},
	{
		file: vaultFile,
		block: "entries",
		render: async () => (await vaultTables()).entryTable(await world()),
	},
	{
		file: vaultFile,
		block: "issued-tokens",
		render: async () => (await vaultTables()).issuedTokenTable(await site()),
	},
	{
		file: vaultFile,
		block: "alerts",
		render: () => alerts("vault", "vault"),
	},
	{ file: platformFile, block: "tiers", render: async () => (await platformTables()).tierTable() },
	{
		file: platformFile,
		block: "admission",
		render: async () => (await platformTables()).admissionTable(await site()),
	},
	{
		file: platformFile,
		block: "closed-networks",
		render: async () => (await platformTables()).closedNetworks(await site()),
	},
	{
		file: platformFile,
		block: "policy-engine",
		render: async () => (await platformTables()).enginePolicyTable(await site()),
	},
	{
		file: platformFile,
		block: "control-plane",
		render: async () => (await platformTables()).controlPlaneFlags(await site()),
	},
	{ file: platformFile, block: "alerts", render: () => alerts("platform", "tunnel") },
	{ file: platformFile, block: "audit-policy", render: async () => (await platformTables()).auditPolicy() },
	{ file: ownersFile, block: "entry", render: async () => (await ownerTables()).entryTable() },
	{ file: ownersFile, block: "reserved", render: async () => (await ownerTables()).reservedTable() },
	{
		file: ownersFile,
		block: "owner-resources",
		render: async () =>
			(await ownerTables()).ownerResourcesTable((await app()).check().documents, await registry()),
	},
	{
		file: dnsFile,
		block: "virtual-hosts",
		render: async () => (await dnsTables()).virtualHostTable(await site()),
	},
	{ file: dnsFile, block: "ingresses", render: async () => (await dnsTables()).ingressTable(await world()) },
	{ file: dnsFile, block: "records", render: async () => (await dnsTables()).recordTable(await world()) },
	{
		file: dnsFile,
		block: "report-consent",
		render: async () => (await dnsTables()).reportConsentTable(await site()),
	},
	{
		file: "docs/runbooks/onboarding.md",
		block: "tools",
		render: async () => (await import("./newcomer-tables.ts")).toolTable(await site()),
	},
	{
		file: "docs/reference/command.md",
		block: "environment",
		render: async () => (await import("./environment-table.ts")).environmentTable(),
	},
];
