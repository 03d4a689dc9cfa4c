import { expect, test } from "vitest";
import { parse } from "yaml";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import {
	pipelinesOf,
	renderInfrastructurePipeline,
} from "../../../constructs/woodpecker/infrastructure-pipelines.ts";

const home = await loadSite("home");
const ssh = { user: "root", port: 22, hostKey: "ssh-ed25519 AAAA" };
const withLogin: Site = { ...home, storage: { ...home.storage, nfs: { ...home.storage.nfs, ssh } } };
const workflows = (site: Site) =>
	Object.fromEntries(
		pipelinesOf(site).map((pipeline) => [pipeline.name, parse(renderInfrastructurePipeline(site, pipeline))]),
	);

test("a deploy brings the exports where the site states a way to its NFS server, after the stacks and as who deploys", () => {
	const { deploy, ...others } = workflows(withLogin);
	const { deploy: without, ...same } = workflows(home);
	expect(others).toEqual(same);
	const [stacks] = without.steps;
	expect(deploy).toEqual({
		...without,
		steps: [
			stacks,
			{ ...stacks, name: "exports", commands: ["infra --site home as deployer exports apply --reviewed"] },
		],
	});
});
