import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { apiServerFlags } from "../../../constructs/platform/api-server-flags.ts";
import { renderAuditPolicy } from "../../../constructs/platform/audit-policy.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { IdentityProvider } from "./identity-provider.ts";

needs("openssl");
const ready = needsPrograms(...controlPlanePrograms);

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-api-server-`));
const auditLog = join(folder, "audit.log");
let provider: IdentityProvider | undefined;
let plane: ControlPlane | undefined;

beforeAll(async () => {
	if (!ready) return;
	provider = await IdentityProvider.start(folder);
	const site = parseSite(mergePatch(lab, { newcomer: { oidc: { issuer: provider.issuer } } }));
	const policy = join(folder, "audit-policy.yaml");
	writeFileSync(policy, renderAuditPolicy());
	const planeFolder = join(folder, "plane");
	mkdirSync(planeFolder);
	plane = await ControlPlane.start(planeFolder, {
		...apiServerFlags(site),
		"audit-policy-file": policy,
		"audit-log-path": auditLog,
		"oidc-ca-file": provider.caFile,
	});
	await waitFor(
		"the API server knows the provider",
		async () => (await whoAmI({ email: "a@example.com", email_verified: true }))?.username !== undefined,
		// It asks for the provider's metadata every ten seconds until it has them.
		{ within: 60_000, every: 500 },
	);
}, 180_000);
afterAll(async () => {
	await plane?.stop();
	await provider?.stop();
	rmSync(folder, { recursive: true });
});

/** User that the API server sees for a token; undefined when it refuses the token. */
async function whoAmI(claims: object): Promise<{ username: string; groups: string[] } | undefined> {
	const token = provider?.token("kubernetes", claims);
	const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
	const answer = await plane?.ask("POST", path, {}, token);
	return answer?.status === 201 ? answer.body.status.userInfo : undefined;
}

describe("a person", () => {
	const email = "a@example.com";

	test("is known by the prefixed address", async () => {
		const me = await whoAmI({ email, email_verified: true });
		expect(me?.username).toBe("oidc:a@example.com");
	});

	test("is no administrator by a group of the identity provider", async () => {
		const claims = { email, email_verified: true, groups: ["system:masters"] };
		expect((await whoAmI(claims))?.groups).toEqual(["oidc:system:masters", "system:authenticated"]);
		const answer = await plane?.ask(
			"GET",
			"/api/v1/secrets",
			undefined,
			provider?.token("kubernetes", claims),
		);
		expect(answer?.status).toBe(403);
	});

	test("with an address that nobody has verified is nobody", async () => {
		expect(await whoAmI({ email, email_verified: false })).toBeUndefined();
	});
});

describe("the audit trail", () => {
	const secrets = "/api/v1/namespaces/default/secrets";

	/** What has been written down of one object, by the time that a later request has been. */
	async function entriesOf(name: string) {
		await plane?.ask("DELETE", `/api/v1/namespaces/default/configmaps/end-of-${name}`);
		await waitFor("the trail is written", () => readFileSync(auditLog, "utf8").includes(`end-of-${name}`), {
			within: 60_000,
		});
		return readFileSync(auditLog, "utf8")
			.split("\n")
			.filter((line) => line.includes(`"name":"${name}"`))
			.map((line) => JSON.parse(line));
	}

	test("says who wrote a secret, and never what", async () => {
		await plane?.ask("POST", secrets, { metadata: { name: "hidden" }, stringData: { key: "canary-4711" } });
		await plane?.ask("GET", `${secrets}/hidden`);
		const entries = await entriesOf("hidden");
		expect(entries.map(({ level, verb }) => [level, verb])).toContainEqual(["Metadata", "get"]);
		const trail = readFileSync(auditLog, "utf8");
		expect(trail).not.toContain("canary-4711");
		expect(trail).not.toContain(Buffer.from("canary-4711").toString("base64"));
	});

	test("has everything about a change", async () => {
		const path = "/api/v1/namespaces/default/configmaps";
		await plane?.ask("POST", path, { metadata: { name: "changed" }, data: { key: "new" } });
		const entries = await entriesOf("changed");
		expect(
			entries.filter(({ stage }) => stage === "ResponseComplete").map(({ level, verb }) => [level, verb]),
		).toEqual([["RequestResponse", "create"]]);
	});
});
