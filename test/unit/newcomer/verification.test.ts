import { expect, test } from "vitest";
import { verification } from "../../../cli/onboard/verification.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";

const [owner] = parseRegistry(
	'{"erin": {"role": "namespace-owner", "email": "e@example.com", "namespaces": ["erin"], "domains": ["blog"]}}',
).owners;

async function steps(siteName: string, resolve: (host: string) => Promise<unknown>, stacks = ["platform"]) {
	if (owner === undefined) throw new Error("erin is no owner");
	const vault = async () => ({ address: "http://127.0.0.1:9", token: "dummy" });
	return verification({ site: await loadSite(siteName), owner, stacks, vault, within: 100, resolve });
}

test("a name is looked for where the platform manages the zone", async () => {
	const asked: string[] = [];
	const name = (await steps("home", async (host) => asked.push(host))).at(-1);
	await name?.run();
	expect([name?.outcome, asked]).toEqual(["blog.viktorbarzin.me has an address", ["blog.viktorbarzin.me"]]);
});

test("a name without an address is said, with the answer of the name server", async () => {
	const refuse = () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
	await expect((await steps("home", refuse)).at(-1)?.run()).rejects.toThrow(
		"blog.viktorbarzin.me: ENOTFOUND (after 0.1s)",
	);
});

test("nothing is looked for that no applied stack makes, and no name where nobody manages a zone", async () => {
	const outcomes = (all: readonly { outcome: string }[]) => all.map(({ outcome }) => outcome);
	expect(outcomes(await steps("home", async () => {}, []))).toEqual([]);
	expect(outcomes(await steps("lab", async () => {}))).toEqual(["the quota of erin is there"]);
});

test("a Vault that is out of reach is named", async () => {
	const policy = (await steps("lab", async () => {}, ["vault"])).find(({ outcome }) =>
		outcome.includes("policy"),
	);
	await expect(policy?.run()).rejects.toThrow(/^http:\/\/127\.0\.0\.1:9 cannot be reached: /);
});
