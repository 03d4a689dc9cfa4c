import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { type Person, WoodpeckerWorld, woodpeckerPrograms } from "./woodpecker-world.ts";

/** Somebody has the token of an owner's agent, and wants tasks of others. */
const ready = needsPrograms(...woodpeckerPrograms);

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-agents-`));
let world: WoodpeckerWorld;
let operator: Person;
let alice: Person;
let bob: Person;
/** Repositories at the CI server by owner. */
const repositories: Record<string, number> = {};
/** Agents' tokens by owner. */
const tokens: Record<string, string> = {};

const workflow = (labels = "") => `skip_clone: true
when:
  - event: manual
${labels}steps:
  - name: step
    image: bash
    commands:
      - echo done
`;
/** What an agent says that would take anything. */
const greedy = "repo=*,org-id=*,tier=infra,woodpecker-ci.org/commit-branch=main";

beforeAll(async () => {
	if (!ready) return;
	world = await WoodpeckerWorld.start(folder);
	operator = await world.person("operator");
	for (const login of ["alice", "bob"]) {
		const person = await world.person(login);
		if (login === "alice") alice = person;
		else bob = person;
		repositories[login] = await world.repository(person, "shop", workflow());
		// As the runbook says: an administrator makes the agent of the owner's organisation.
		const { id } = await operator.ask("GET", `/api/orgs/lookup/${login}`);
		tokens[login] = (await operator.ask("POST", `/api/orgs/${id}/agents`, { name: login })).token;
	}
	repositories.operator = await world.repository(operator, "infra", workflow("labels:\n  tier: infra\n"));
}, 240_000);
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});

interface Agent {
	readonly id: number;
	readonly name: string;
	readonly org_id: number;
	readonly owner_id: number;
}
const agents = (): Promise<Agent[]> => operator.ask("GET", "/api/agents");
const isSystem = ({ org_id, owner_id }: Agent) => org_id === -1 && owner_id === -1;

/** Starts one pipeline of the infrastructure and one of each owner. */
async function runAll() {
	return {
		infra: await world.run(operator, repositories.operator ?? 0),
		alice: await world.run(alice, repositories.alice ?? 0),
		bob: await world.run(bob, repositories.bob ?? 0),
	};
}

/** Starts the agents that the tasks are for, which shows that the tasks can be had, and waits for them. */
async function finish({ infra, bob }: Awaited<ReturnType<typeof runAll>>): Promise<string[]> {
	const agents = [
		await world.agent(tokens.bob ?? "", ""),
		await world.agent(world.secret, "repo=operator/infra,!tier=infra"),
	];
	const ended = await Promise.all([infra.ended(), bob.ended()]);
	await Promise.all(agents.map((agent) => agent.stop()));
	return ended;
}

describe("the token of an owner's agent", () => {
	test("gets that owner's tasks alone, whatever labels the agent claims", async () => {
		const runs = await runAll();
		const agent = await world.agent(tokens.alice ?? "", greedy);
		expect(await runs.alice.ended()).toBe("success");
		await sleep(2000);
		expect([await runs.infra.status(), await runs.bob.status()]).toEqual(["pending", "pending"]);
		await agent.stop();
		expect(await finish(runs)).toEqual(["success", "success"]);
	});

	test("does not make its agent another one, whose number it gives for its own", async () => {
		const system = (await agents()).find(isSystem);
		const runs = await runAll();
		const agent = await world.agent(tokens.alice ?? "", greedy, system?.id ?? 0);
		expect(await runs.alice.ended()).toBe("success");
		await sleep(2000);
		expect([await runs.infra.status(), await runs.bob.status()]).toEqual(["pending", "pending"]);
		await agent.stop();
		expect(await finish(runs)).toEqual(["success", "success"]);
	});

	test("is shown to that owner alone, who makes no agent for others either", async () => {
		const { id } = await alice.ask("GET", "/api/orgs/lookup/alice");
		const own: { name: string }[] = await alice.ask("GET", `/api/orgs/${id}/agents`);
		expect(own.map(({ name }) => name)).toEqual(["alice"]);
		for (const owner of ["operator", "bob"]) {
			const other = await operator.ask("GET", `/api/orgs/lookup/${owner}`);
			for (const method of ["GET", "POST"])
				await expect(
					alice.ask(method, `/api/orgs/${other.id}/agents`, method === "POST" ? { name: "mine" } : undefined),
				).rejects.toThrow(/: 40[134] /);
		}
		await expect(alice.ask("GET", "/api/agents")).rejects.toThrow(/: 40[134] /);
		await expect(alice.ask("POST", "/api/agents", { name: "mine" })).rejects.toThrow(/: 40[134] /);
	});
});

describe("the secret of the infrastructure's agent", () => {
	test("takes the tasks of everybody, so that no other agent has it", async () => {
		const run = await world.run(operator, repositories.operator ?? 0);
		const agent = await world.agent(world.secret, greedy);
		expect(await run.ended()).toBe("success");
		await agent.stop();
	});

	test("does not make its agent that of an owner", async () => {
		const own = (await agents()).find(({ name }) => name === "alice");
		const agent = await world.agent(world.secret, "", own?.id ?? 0);
		expect(await agent.exited).not.toBe(0);
		expect(agent.log).toContain("the agent with this ID is not a system agent");
	});

	test("still opens the server after it was replaced, until every agent that came with it is deleted", async () => {
		const former = world.secret;
		// One that ends in order takes its entry with it; a thief's does not.
		const thief = await world.agent(former, "repo=none");
		await waitFor("the agent is known", async () => (await agents()).some(isSystem), { within: 60_000 });
		await thief.kill();
		await world.serve("replaced");
		const before = await world.agent(former, greedy);
		const run = await world.run(operator, repositories.operator ?? 0);
		expect(await run.ended()).toBe("success");
		await before.stop();
		for (const one of await agents())
			if (isSystem(one)) await operator.ask("DELETE", `/api/agents/${one.id}`);
		const after = await world.agent(former, greedy);
		expect(await after.exited).not.toBe(0);
		expect(after.log).toContain("individual agent not found by token");
	});
});

describe("a second forge, where somebody could take an owner's name,", () => {
	const other = { type: "gitea", url: "https://forge.example.org", client: "a", client_secret: "b" };

	test("is added by nobody but an administrator", async () => {
		await expect(alice.ask("POST", "/api/forges", other)).rejects.toThrow(/: 40[13] /);
		await expect(alice.ask("PATCH", "/api/forges/1", other)).rejects.toThrow(/: 40[13] /);
		await expect(alice.ask("DELETE", "/api/forges/1")).rejects.toThrow(/: 40[13] /);
		// Anybody may see where logins come from, and nobody the secret.
		const forges = await operator.ask("GET", "/api/forges");
		expect(forges).toHaveLength(1);
		expect(JSON.stringify(forges)).not.toContain('client_secret":"');
	});

	test.for(["2", "0", "-1", "1,2"])("cannot be asked for by its number: %s", async (forge) => {
		const { status, headers } = await fetch(`${world.address}/authorize?forge_id=${forge}`, {
			redirect: "manual",
		});
		expect(headers.get("location") ?? "").not.toContain("/login/oauth/authorize");
		expect(status).toBeGreaterThanOrEqual(300);
	});

	test("is not needed: logins come from the one there is", async () => {
		const { headers } = await fetch(`${world.address}/authorize?forge_id=1`, { redirect: "manual" });
		expect(headers.get("location")).toContain("/login/oauth/authorize");
	});
});
