import { isDeepStrictEqual } from "node:util";
import type { CiServer, Cron, Kept } from "../../clients/woodpecker/ci-server.ts";
import type { Site } from "../../config/schema/site.ts";
import { pipelinesOf } from "../../constructs/woodpecker/infrastructure-pipelines.ts";

/**
 * Settings of the infrastructure repository at the CI server. A pull request runs no pipeline, since its author writes
 * what would run. Nothing cancels a deploy: by default a newer push would.
 */
const settings: Kept = {
	allow_pr: false,
	allow_deploy: false,
	cancel_previous_pipeline_events: [],
	config_file: ".woodpecker/",
	netrc_trusted: [],
	require_approval: "pull_requests",
	trusted: { network: false, volumes: false, security: false },
	visibility: "private",
};

/** A setting that is not as it should be, and how it is mended; nothing when only a person can. */
interface Departure {
	readonly what: string;
	readonly mend?: () => Promise<void>;
}

/** Where the repository departs from what it should be at the CI server. */
export async function departuresOf(
	server: CiServer,
	site: Pick<Site, "storage" | "woodpecker">,
): Promise<Departure[]> {
	const { infrastructureRepository, infrastructureBranch: branch } = site.woodpecker;
	const repository = await server.repository(infrastructureRepository);
	const { id } = repository;
	const wanted = pipelinesOf(site).flatMap(({ name, schedule }) =>
		schedule === undefined ? [] : [{ name, schedule, branch, enabled: true, variables: {} }],
	);
	const found = await server.crons(id);
	return [
		...Object.entries(settings)
			.filter(([name, value]) => !isDeepStrictEqual(repository[name] ?? empty(value), value))
			.map(([name, value]) => ({
				what: `${name} is ${JSON.stringify(repository[name])}, should be ${JSON.stringify(value)}`,
				mend: () => server.changeRepository(id, { [name]: value }),
			})),
		...wanted
			.filter(({ name }) => !found.some((cron) => cron.name === name))
			.map((cron) => ({
				what: `cron ${cron.name} is missing`,
				mend: () => server.makeCron(id, cron),
			})),
		...found.flatMap((cron): Departure[] => {
			const right = wanted.find(({ name }) => name === cron.name);
			if (right === undefined)
				return [{ what: `cron ${cron.name} is none of ours`, mend: () => server.deleteCron(id, cron.id) }];
			const differing = Object.entries(right).filter(([name, value]) => !isSame(cron, name, value));
			if (differing.length === 0) return [];
			return [
				{
					what: `cron ${cron.name}: ${differing.map(([name]) => name).join(", ")} differ`,
					mend: () => server.changeCron(id, cron.id, right),
				},
			];
		}),
		...(await server.secrets(id)).map((name) => ({
			what: `secret ${name} lies at the CI server, where whoever may write takes it; delete it by hand`,
		})),
	];
}

function isSame(cron: Cron, name: string, value: unknown): boolean {
	return isDeepStrictEqual(cron[name as keyof Cron] ?? empty(value), value);
}

/** What the server leaves out, or answers with null, when there is nothing. */
function empty(value: unknown): unknown {
	return Array.isArray(value) ? [] : typeof value === "object" ? {} : undefined;
}
