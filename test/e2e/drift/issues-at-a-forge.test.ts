import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepIssues } from "../../../cli/drift/keep-issues.ts";
import type { DriftedObject, StackDrift } from "../../../cli/drift/stack-drift.ts";
import { Forge } from "../../../clients/forge/forge.ts";
import { GiteaServer } from "../harness/gitea-server.ts";
import { needsPrograms } from "../harness/programs.ts";
import { repository } from "../harness/test-forge.ts";
import { ForgeStandIn } from "./forge-stand-in.ts";

const ready = needsPrograms("gitea");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-issues-`));
let gitea: GiteaServer;
let standIn: ForgeStandIn;

beforeAll(async () => {
	if (!ready) return;
	[gitea, standIn] = await Promise.all([GiteaServer.start(folder), ForgeStandIn.start()]);
}, 300_000);
afterAll(async () => {
	standIn?.stop();
	await gitea?.stop();
	rmSync(folder, { recursive: true });
});

const object = (level: string): DriftedObject => ({
	what: "changed",
	address: "kubernetes_config_map_v1.it",
	path: "redis/it",
	risk: "notice",
	arguments: [{ path: "data.level", before: { shown: "info" }, after: { shown: level } }],
	consequences: ["`pods` <b>restart</b> @somebody"],
});
const found = (...drifted: DriftedObject[]): StackDrift[] => [
	{ stack: "redis", drifted, tolerated: [], unmanaged: [], undeployed: 0, errors: [], sources: [] },
];

describe("issues about drift", () => {
	test.each(["Gitea", "the stand-in"])(
		"are opened, kept, edited, closed and opened anew at %s",
		async (which) => {
			const at = (token: string) =>
				new Forge({
					kind: "forgejo",
					address: which === "Gitea" ? gitea.address : standIn.address,
					repository,
					token,
				});
			const forge = at(gitea.robot.token);
			// While nobody has made the label, a filter by it is ignored: what somebody else has opened comes back.
			if (which === "Gitea")
				await at(gitea.author.token).openIssue("Drift in stack redis of site lab", "of a person", "question");
			else standIn.open(8, { title: "Drift in stack redis of site lab", body: "of a person" }, []);
			expect(await keepIssues(forge, "lab", found(object("debug")))).toEqual([
				"opened #2: Drift in stack redis of site lab",
			]);
			expect(await keepIssues(forge, "lab", found(object("debug")))).toEqual([]);
			expect(await keepIssues(forge, "lab", found(object("trace")))).toEqual(["edited #2"]);
			expect(await keepIssues(forge, "lab", found())).toEqual(["closed #2"]);
			expect(await keepIssues(forge, "lab", found())).toEqual([]);
			expect((await keepIssues(forge, "lab", found(object("debug")))).at(0)).toMatch(/^opened #3/);
			const [issue] = await forge.openIssues("drift");
			expect(issue).toMatchObject({ number: 3, labels: ["drift"] });
		},
	);
});
