import { stringify } from "yaml";
import { hasIdentity, identityOf, type PipelineIdentity } from "../../config/pipeline-identities.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** A step: one call of the command, as one of the machines of `vault.machines`, or as nobody. */
interface Step {
	readonly name: string;
	/** Words of `infra`. */
	readonly command: string;
	readonly as?: PipelineIdentity;
	/** Whether a site has it. @default every site that has the pipeline */
	readonly of?: (site: Pick<Site, "storage">) => boolean;
}

/** A pipeline of the infrastructure repository. */
export interface InfrastructurePipeline {
	readonly name: string;
	/** What it is for, in the head of its file. */
	readonly purpose: string;
	/** Five fields of time in UTC, when it is run by the clock; else by every push to the default branch. */
	readonly schedule?: string;
	readonly steps: readonly Step[];
}

/** Folder of the workspace in which a pull request is handed from step to step. */
const proposal = ".proposal";

/** Name of the step whose pod reaches nothing; the network policy knows it by that. */
export const sealedStep = "synth";

/**
 * Pipelines of the infrastructure repository, all that a site may have. They run the default branch's own files and
 * code: a pull request runs none, since its author writes what would run. It is fetched as files, and its code runs in a
 * sealed room alone. None is started by hand, so that nobody's variables are part of it; a run by the clock can be asked
 * for at any time.
 */
export const infrastructurePipelines: readonly InfrastructurePipeline[] = [
	{
		name: "proposals",
		purpose: "Reviews the pull request that waits: its code reaches nothing, its documents are data",
		schedule: "*/2 * * * *",
		steps: [
			{ name: "fetch", command: `proposal fetch ${proposal}`, as: "planner" },
			{ name: sealedStep, command: `proposal synth ${proposal}` },
			{ name: "review", command: `proposal review ${proposal} --sign`, as: "planner" },
		],
	},
	{
		name: "deploy",
		purpose: "Deploys what the pull request that was merged had been reviewed for, and nothing else",
		steps: [
			{ name: "deploy", command: "deploy --reviewed", as: "deployer" },
			// None runs after one that has failed, so that what gets here was reviewed. A workflow of its own that depends on this
			// one would cost a deploy that fails the end of its log: Woodpecker 3.17 drops what comes once the other is skipped.
			{
				name: "exports",
				command: "exports apply --reviewed",
				as: "deployer",
				of: ({ storage }) => storage.nfs.ssh !== undefined,
			},
		],
	},
	{
		name: "certificate",
		purpose: "Renews the site's certificate when it is due, and says how it stands",
		schedule: "30 4 * * *",
		steps: [
			{ name: "renew", command: "certificate renew", as: "certifier" },
			{ name: "check", command: "certificate check --push", as: "certifier" },
		],
	},
	{
		name: "drift",
		purpose: "Looks for what was changed outside of the code",
		schedule: "0 4 * * *",
		steps: [{ name: "drift", command: "drift --push --issues", as: "planner" }],
	},
];

/** The pipelines for which a site has an identity each, with the steps that it has. */
export function pipelinesOf(site: Pick<Site, "storage" | "woodpecker">): readonly InfrastructurePipeline[] {
	return infrastructurePipelines
		.filter(({ steps }) => steps.every((step) => step.as === undefined || hasIdentity(site, step.as)))
		.map((pipeline) => ({ ...pipeline, steps: stepsOf(site, pipeline) }));
}

function stepsOf(site: Pick<Site, "storage">, { steps }: InfrastructurePipeline): readonly Step[] {
	return steps.filter(({ of }) => of?.(site) ?? true);
}

/**
 * A pipeline as the file of a workflow (Woodpecker 3.17, "Workflow syntax"). Nothing in it decides anything: the server
 * stamps the event and the branch, the agent and the API server ask for the stamps.
 *
 * @throws VisibleError when the site has no image for it, or no identity that one of its steps runs as
 */
export function renderInfrastructurePipeline(
	site: Pick<Site, "name" | "storage" | "vault" | "woodpecker">,
	pipeline: InfrastructurePipeline,
): string {
	const { name, purpose, schedule } = pipeline;
	const { woodpecker } = site;
	const image = woodpecker.images.infrastructure;
	if (image === undefined)
		throw new VisibleError("woodpecker.images.infrastructure: pipelines of the infrastructure need an image");
	const branch = woodpecker.infrastructureBranch;
	const workflow = {
		when: [schedule === undefined ? { event: "push", branch } : { event: "cron", cron: name, branch }],
		labels: { tier: "infra" },
		// One at a time, in the order of commits. A convenience, no lock: Terraform's own lock is one.
		concurrency: { limit: 1, group: name },
		steps: stepsOf(site, pipeline).map((step) => ({
			name: step.name,
			image,
			commands: [
				step.as === undefined
					? `infra --site ${site.name} ${step.command}`
					: `infra --site ${site.name} as ${step.as} ${step.command}`,
			],
			...(step.as && {
				backend_options: {
					kubernetes: { serviceAccountName: identityOf(site, step.as).machine.serviceAccount },
				},
			}),
		})),
	};
	return `# ${purpose}.\n# Written by \`infra docs\`; what it says is in constructs/woodpecker/infrastructure-pipelines.ts.\n${stringify(workflow, { lineWidth: 0 })}`;
}
