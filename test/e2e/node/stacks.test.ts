import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { missingOf, missingPrograms, nodePrograms } from "../../../lab/needed-programs.ts";
import { externalSecrets } from "../../../lab/products/external-secrets.ts";
import { lackedBy } from "../../../lab/requirements.ts";
import type { Verdict } from "../../../lab/verdict.ts";
import { needs, slow } from "../harness/needs.ts";
import { needsRoot } from "../image/needs-root.ts";
import { site } from "../mail/mail-harness.ts";
import { mailCases } from "./mail-cases.ts";
import { NodesLab } from "./nodes-lab.ts";
import { redisCases } from "./redis-cases.ts";

const possible =
	needs(
		"root",
		"nft",
		"runc",
		"containerd",
		"busybox",
		"redis-server",
		"redis-sentinel",
		"haproxy",
		"openssl",
	) && [...missingPrograms(), ...missingOf(nodePrograms), ...lackedBy(externalSecrets)].length === 0;
const able = possible && inject("slow");
const lab = new NodesLab();
const applied = ["redis"];

beforeEach(({ skip }) => {
	skip(!possible, "not on this machine: infra doctor says what infra lab up --node lacks");
	slow(skip);
});

/** One lab for all: each stack is applied, and put to the test, beside the others. */
describe("stacks on nodes that run containers", () => {
	beforeAll(async () => {
		if (!able) return;
		const started = await lab.run("up", "--node", "3", "--with", "external-secrets");
		if (started.code !== 0) throw new Error(started.output);
		await lab.apply("storage", "vault");
	}, 400_000);
	afterAll(() => lab.end(), 120_000);

	describe.concurrent("redis", () => redisCases(lab, able));
	describe.concurrent("mailserver", async () => {
		const root = await needsRoot(site.mail.image);
		if (root !== undefined) applied.push("mailserver");
		mailCases(lab, able && root !== undefined);
	});

	test("are in the end what the lab verifies, but for their rollouts", async () => {
		const { output } = await lab.run("verify", "--json");
		const verdicts: Verdict[] = JSON.parse(output);
		expect(verdicts.map(({ claim }) => claim)).toEqual(
			expect.arrayContaining([
				"nodes that run containers are ready",
				"pods with images that are here run in containers, and no others",
			]),
		);
		// The annotations of the rollouts are in no document.
		expect(verdicts.filter(({ problem }) => problem !== "").map(({ claim }) => claim)).toEqual(
			applied.map((stack) => `a second plan of ${stack} is empty`),
		);
	}, 180_000);
});
